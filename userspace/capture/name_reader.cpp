#include "capture/name_reader.hpp"

#include "capture/code_names.hpp"
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
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace tcpblame::capture {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestFunction = 16384;
constexpr std::size_t kLongestFile = 4096;
constexpr int kSocket = 0; ///< of the other process

/// Both ends are one program, so that the question goes as it lies in memory; its descriptors go along.
struct Question {
    std::uint64_t file;
    std::uint64_t address;
    bool is_return_address;
    bool with_line;
};

/// Then the function's and the file's bytes.
struct AnswerHead {
    std::uint64_t function_offset;
    std::uint64_t return_above_stack_pointer;
    std::int32_t line;
    std::uint16_t has_return_place;
    std::uint16_t return_in_link_register;
    std::uint32_t function_length;
    std::uint32_t file_length;
};

using Packet = std::array<char, sizeof(AnswerHead) + kLongestFunction + kLongestFile>;

constexpr std::size_t kMostFds = 2;
using FdSpace = std::array<char, CMSG_SPACE(kMostFds * sizeof(int))>;

bool send_question(int socket, const NameQuestion& asked) {
    Question question{asked.file, asked.address, asked.is_return_address, asked.with_line};
    const std::array<int, kMostFds> fds{asked.fd, asked.debug_fd};
    const std::size_t count = asked.debug_fd >= 0 ? 2 : 1;
    iovec data{&question, sizeof(question)};
    alignas(cmsghdr) FdSpace space{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = space.data();
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(header), fds.data(), count * sizeof(int));
    return sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof(question));
}

/// Waits; false: the other end is gone.
bool receive_question(int socket, Question& question, std::array<UniqueFd, kMostFds>& fds) {
    iovec data{&question, sizeof(question)};
    alignas(cmsghdr) FdSpace space{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = space.data();
    message.msg_controllen = space.size();
    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != static_cast<ssize_t>(sizeof(question))) return false;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return false;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < std::min(count, kMostFds); ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
        fds[i] = UniqueFd(fd);
    }
    return true;
}

bool send_answer(int socket, const CodeName& name) {
    const std::string_view function = std::string_view(name.function).substr(0, kLongestFunction);
    const std::string_view file = std::string_view(name.file).substr(0, kLongestFile);
    const ReturnPlace place = name.return_place.value_or(ReturnPlace{});
    const AnswerHead head{name.function_offset,
                          place.above_stack_pointer,
                          name.line,
                          static_cast<std::uint16_t>(name.return_place.has_value()),
                          static_cast<std::uint16_t>(place.in_link_register),
                          static_cast<std::uint32_t>(function.size()),
                          static_cast<std::uint32_t>(file.size())};
    std::string packet(reinterpret_cast<const char*>(&head), sizeof(head));
    packet.append(function).append(file);
    return send(socket, packet.data(), packet.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(packet.size());
}

/// The answer is no more to be trusted than the file.
bool unpack_answer(const Packet& packet, std::size_t size, CodeName& name) {
    AnswerHead head{};
    if (size < sizeof(head)) return false;
    std::memcpy(&head, packet.data(), sizeof(head));
    if (head.function_length > kLongestFunction || head.file_length > kLongestFile ||
        size != sizeof(head) + head.function_length + head.file_length)
        return false;
    const char* text = packet.data() + sizeof(head);
    name = {std::string(text, head.function_length), head.function_offset,
            std::string(text + head.function_length, head.file_length), head.line};
    if (head.has_return_place != 0)
        name.return_place = {head.return_in_link_register != 0, head.return_above_stack_pointer};
    return true;
}

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

CodeNames& names_of(const Question& question, std::array<UniqueFd, kMostFds>& fds, std::list<KeptFile>& kept,
                    std::size_t most) {
    const auto found =
        std::find_if(kept.begin(), kept.end(), [&](const KeptFile& file) { return file.number == question.file; });
    if (found != kept.end()) {
        kept.splice(kept.begin(), kept, found);
    } else {
        if (kept.size() >= most) kept.pop_back();
        kept.push_front({question.file, CodeNames(std::move(fds[0]), std::move(fds[1]))});
    }
    return kept.front().names;
}

/// The other process; it ends when the tracer's end of the socket is closed.
[[noreturn]] void answer_questions(int their_socket, const NameReaderLimits& limits) {
    try {
        static_cast<void>(prctl(PR_SET_NAME, "tcpblame-names"));
        if (!enter_sandbox(their_socket, limits.memory)) _exit(EXIT_FAILURE);
        std::list<KeptFile> kept;
        for (;;) {
            Question question{};
            std::array<UniqueFd, kMostFds> fds;
            if (!receive_question(kSocket, question, fds)) break;
            CodeNames& names = names_of(question, fds, kept, limits.files);
            if (!send_answer(kSocket, names.at(question.address, question.is_return_address, question.with_line)))
                break;
        }
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

NameReader::Outcome NameReader::ask_once(const NameQuestion& question, CodeName& answer) {
    if (pid_ == 0 && !start()) return Outcome::kDied;
    Packet packet;
    Outcome outcome = Outcome::kDied;
    if (send_question(socket_.get(), question)) {
        if (wait_for(socket_.get(), limits_.patience_ms)) {
            const ssize_t size = recv(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
            if (size > 0 && unpack_answer(packet, static_cast<std::size_t>(size), answer)) {
                has_answered_ = true;
                return Outcome::kAnswered;
            }
        } else {
            outcome = Outcome::kTooSlow;
        }
    }
    stop();
    ++crashes_;
    return outcome;
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

} // namespace tcpblame::capture
