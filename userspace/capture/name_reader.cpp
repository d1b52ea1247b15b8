#include "capture/name_reader.hpp"

#include "bpf/wire.h"
#include "capture/code_names.hpp"
#include "capture/reader_messages.hpp"
#include "capture/sandbox.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <list>
#include <poll.h>
#include <span>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tcpblame::capture {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSocket = 0; ///< of the other process

/// What comes before a stack's bytes.
struct StackHead {
    UnwindRegisters registers;
    std::uint32_t absent = 0;
};

constexpr std::size_t kMostPayload = sizeof(StackHead) + WIRE_USER_STACK_BYTES;

std::size_t count_of(const std::array<int, kMostFds>& fds) { return fds[0] < 0 ? 0 : fds[1] < 0 ? 1 : 2; }

bool wait_for(int fd, int patience_ms) {
    const auto deadline = Clock::now() + std::chrono::milliseconds(patience_ms);
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd waiting{fd, POLLIN, 0};
        const int ready = poll(&waiting, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
        if (ready >= 0 || errno != EINTR) return ready > 0;
    }
}

struct KeptFile {
    std::uint64_t number;
    CodeNames names;
};

/// All that the other process does.
class Answerer {
public:
    explicit Answerer(std::size_t most_files) : most_files_(most_files), payload_(kMostPayload) {}

    /// False where nobody listens any more.
    bool answer(int socket) {
        ReceivedQuestion received;
        if (!receive_question(socket, received, payload_)) return false;
        const Question& question = received.question;
        if (question.kind == QuestionKind::kName) {
            unwinder_.forget();
            CodeNames& names = names_of(question, received.fds);
            return send_answer(socket, names.at(question.address, question.is_return_address, question.with_line));
        }
        UnwindStep step;
        if (question.kind == QuestionKind::kStep)
            step = unwinder_.step(place_of(question, received.fds));
        else
            begin(received.payload);
        return send(socket, &step, sizeof(step), MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof(step));
    }

private:
    CodeNames& names_of(const Question& question, std::array<UniqueFd, kMostFds>& fds) {
        const auto found = std::find_if(kept_.begin(), kept_.end(),
                                        [&](const KeptFile& file) { return file.number == question.file; });
        if (found != kept_.end()) {
            kept_.splice(kept_.begin(), kept_, found);
        } else {
            if (kept_.size() >= most_files_) kept_.pop_back();
            kept_.push_front({question.file, CodeNames(std::move(fds[0]), std::move(fds[1]))});
        }
        return kept_.front().names;
    }

    FramePlace place_of(const Question& question, std::array<UniqueFd, kMostFds>& fds) {
        if (!fds[0]) return {.is_return_address = question.is_return_address};
        CodeNames& names = names_of(question, fds);
        return {.cfi = names.cfi(),
                .code = names.code_before(question.file_offset),
                .address = question.address,
                .is_return_address = question.is_return_address};
    }

    void begin(std::size_t size) {
        const std::span<std::byte> payload = std::span(payload_).first(size);
        StackHead head;
        unwinder_.forget();
        if (size < sizeof(head)) return;
        std::memcpy(static_cast<void*>(&head), payload.data(), sizeof(head));
        unwinder_.begin(head.registers, payload.subspan(sizeof(head)), head.absent);
        explicit_bzero(payload.data(), payload.size());
    }

    std::size_t most_files_;
    std::list<KeptFile> kept_; // last used first
    std::vector<std::byte> payload_;
    StackUnwinder unwinder_;
};

/// The other process; it ends when the tracer's end of the socket is closed.
[[noreturn]] void answer_questions(int their_socket, const NameReaderLimits& limits) {
    try {
        static_cast<void>(prctl(PR_SET_NAME, "tcpblame-names"));
        if (!enter_sandbox(their_socket, limits.memory)) _exit(EXIT_FAILURE);
        Answerer answerer(limits.files);
        while (answerer.answer(kSocket)) {}
    } catch (const std::exception&) { // of memory, most likely; whoever waits sees the socket close
    }
    _exit(0);
}

} // namespace

bool NameReader::start() {
    if (crashes_ >= limits_.crashes) return false;
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return false;
    socket_ = UniqueFd(ends[0]);
    const UniqueFd theirs(ends[1]);
    // As fork(), but its end sends no SIGCHLD and is nobody's to wait for but ours (__WALL).
    const auto child = static_cast<pid_t>(syscall(SYS_clone, 0, 0, 0, 0, 0));
    if (child == 0) answer_questions(theirs.get(), limits_);
    if (child < 0) {
        socket_ = UniqueFd();
        return false;
    }
    pid_ = child;
    return true;
}

void NameReader::stop() {
    if (pid_ == 0) return;
    socket_ = UniqueFd();
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, __WALL) < 0 && errno == EINTR) {}
    pid_ = 0;
    has_answered_ = false;
}

NameReader::Outcome NameReader::exchange(const Question& question, std::span<const int> fds,
                                         std::span<std::byte> payload, Packet& packet, std::size_t& size) {
    if (pid_ == 0 && !start()) return Outcome::kDied;
    Outcome outcome = Outcome::kDied;
    if (send_question(socket_.get(), question, fds, payload)) {
        if (wait_for(socket_.get(), limits_.patience_ms)) {
            const ssize_t got = recv(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
            if (got > 0) {
                size = static_cast<std::size_t>(got);
                return Outcome::kAnswered;
            }
        } else {
            outcome = Outcome::kTooSlow;
        }
    }
    give_up();
    return outcome;
}

void NameReader::give_up() {
    stop();
    ++crashes_;
}

NameReader::Outcome NameReader::ask_once(const NameQuestion& asked, CodeName& answer) {
    const Question question{QuestionKind::kName, asked.is_return_address, asked.with_line,
                            asked.file,          asked.address,           0};
    const std::array<int, kMostFds> fds{asked.fd, asked.debug_fd};
    Packet packet;
    std::size_t size = 0;
    const Outcome outcome = exchange(question, std::span(fds).first(count_of(fds)), {}, packet, size);
    if (outcome != Outcome::kAnswered) return outcome;
    if (unpack_answer(std::span(packet).first(size), answer)) {
        has_answered_ = true;
        return Outcome::kAnswered;
    }
    give_up();
    return Outcome::kDied;
}

std::optional<CodeName> NameReader::ask(const NameQuestion& question) {
    const bool is_fresh = !has_answered_;
    CodeName answer;
    Outcome outcome = ask_once(question, answer);
    // It may have died of what it had read before.
    if (outcome == Outcome::kDied && !is_fresh) outcome = ask_once(question, answer);
    if (outcome != Outcome::kAnswered) return std::nullopt;
    return answer;
}

std::optional<UnwindStep> NameReader::ask_for_step(const Question& question, std::span<const int> fds,
                                                   std::span<std::byte> payload) {
    Packet packet;
    std::size_t size = 0;
    if (exchange(question, fds, payload, packet, size) != Outcome::kAnswered) return std::nullopt;
    UnwindStep step;
    if (size != sizeof(step)) {
        give_up();
        return std::nullopt;
    }
    std::memcpy(&step, packet.data(), sizeof(step));
    return step;
}

bool NameReader::begin_stack(const UnwindRegisters& registers, std::span<const std::byte> stack, std::uint32_t absent) {
    const StackHead head{registers, absent};
    std::vector<std::byte> payload(sizeof(head));
    std::memcpy(payload.data(), &head, sizeof(head));
    payload.insert(payload.end(), stack.begin(), stack.end());
    const bool has_begun = ask_for_step({.kind = QuestionKind::kBeginStack}, {}, payload).has_value();
    explicit_bzero(payload.data(), payload.size());
    return has_begun;
}

std::optional<UnwindStep> NameReader::step(const StepQuestion& question) {
    if (pid_ == 0) return std::nullopt; // another process would not have the stack
    const Question made{QuestionKind::kStep, question.is_return_address, false,
                        question.file,       question.address,           question.file_offset};
    const std::array<int, kMostFds> fds{question.fd, question.debug_fd};
    return ask_for_step(made, std::span(fds).first(count_of(fds)), {});
}

} // namespace tcpblame::capture
