#include "cli/live/command.hpp"

#include "cli/output/writer.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <initializer_list>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tcpblame::cli {

// ── Signals ───────────────────────────────────────────────────────────────────────────────────────

ForwardedSignals::ForwardedSignals() {
    sigemptyset(&kept_);
    sigaddset(&kept_, SIGCHLD);
    for (const int signal : kTerminationSignals) {
        struct sigaction before {};
        sigaction(signal, nullptr, &before);
        if (before.sa_handler != SIG_IGN) sigaddset(&kept_, signal); // blocked, it would come all the same
    }
    sigprocmask(SIG_BLOCK, &kept_, &mask_before_);
    // Where it was ignored, nothing would be left of a child to wait for.
    struct sigaction plain {};
    plain.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &plain, &child_before_);
}

void ForwardedSignals::give_back() const {
    sigaction(SIGCHLD, &child_before_, nullptr);
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

siginfo_t ForwardedSignals::next() const {
    siginfo_t info{};
    while (sigwaitinfo(&kept_, &info) < 0 && errno == EINTR) {}
    return info;
}

void ForwardedSignals::discard() const {
    constexpr timespec kAtOnce{};
    while (sigtimedwait(&kept_, nullptr, &kAtOnce) > 0) {}
}

// ── The command, until it begins ──────────────────────────────────────────────────────────────────
namespace {

enum class Step : std::uint8_t { kReady, kBecomeUser, kFind, kExecute };

/// What the child says, before it waits and where the kernel refuses to execute its file.
struct Word {
    Step step;
    int error;
};

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// 0, or why no file is to be had that may be executed: found as execvp(3) would find it.
int error_of_finding(const std::string& name) {
    const auto error_of = [](const std::string& path) {
        struct stat status {};
        if (stat(path.c_str(), &status) != 0) return errno;
        if (!S_ISREG(status.st_mode)) return EACCES;
        return access(path.c_str(), X_OK) == 0 ? 0 : errno;
    };
    if (name.find('/') != std::string::npos) return error_of(name);
    if (name.empty()) return ENOENT;
    const char* variable = std::getenv("PATH");
    std::string_view path = variable == nullptr ? "/bin:/usr/bin" : variable;
    int worst = ENOENT;
    for (bool is_last = false; !is_last;) {
        const std::size_t colon = path.find(':');
        is_last = colon == std::string_view::npos;
        const std::string_view folder = path.substr(0, colon);
        const int error = error_of(fmt::format("{}/{}", folder.empty() ? "." : folder, name));
        if (error == 0) return 0;
        if (error == EACCES) worst = error;
        if (!is_last) path.remove_prefix(colon + 1);
    }
    return worst;
}

[[noreturn]] void say_and_end(int line, Step step, int error) {
    const Word word{step, error};
    send(line, &word, sizeof(word), MSG_NOSIGNAL);
    _exit(EXIT_FAILURE);
}

/// The child, until it becomes the command.
[[noreturn]] void wait_and_execute(int line, std::vector<std::string> words, const std::optional<capture::User>& user) {
    // So that it is called what it will be, where it is reported what is watched.
    static_cast<void>(prctl(PR_SET_NAME, std::string(base_name(words.front())).c_str()));
    if (!capture::keep_capabilities_from_commands()) say_and_end(line, Step::kBecomeUser, errno);
    if (user) {
        if (!capture::become(*user)) say_and_end(line, Step::kBecomeUser, errno);
        capture::take_environment_of(*user);
    }
    if (const int error = error_of_finding(words.front()); error != 0) say_and_end(line, Step::kFind, error);
    const Word ready{Step::kReady, 0};
    char go = 0;
    if (send(line, &ready, sizeof(ready), MSG_NOSIGNAL) < 0 || recv(line, &go, sizeof(go), 0) != sizeof(go))
        _exit(EXIT_FAILURE); // nobody wants it any more
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execvp(arguments.front(), arguments.data());
    say_and_end(line, Step::kExecute, errno);
}

/// nullopt where it ends without a word: it runs, or has been killed.
std::optional<Word> next_word(int line) {
    Word word{};
    ssize_t got = 0;
    do got = recv(line, &word, sizeof(word), 0);
    while (got < 0 && errno == EINTR);
    if (got != sizeof(word)) return std::nullopt;
    return word;
}

Error error_of(const Word& word, const std::string& name) {
    if (word.step == Step::kBecomeUser)
        return {ExitCode::kPrivilege, "the command cannot be run as that user", std::strerror(word.error),
                "run tcpblame as root (sudo tcpblame run …), or leave --user out"};
    const bool is_missing = word.error == ENOENT;
    return {is_missing ? ExitCode::kCommandNotFound : ExitCode::kCannotExecute, fmt::format("cannot run {}", name),
            std::strerror(word.error),
            is_missing ? "check its name; sudo may have another PATH: name it with its folder, then"
                       : "see whether it is a program, and who may execute it, with: ls -l"};
}

} // namespace

Result<PreparedCommand> PreparedCommand::prepare(const std::vector<std::string>& words,
                                                 const std::optional<capture::User>& user,
                                                 const ForwardedSignals& signals) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(ExitCode::kFailure, "cannot prepare the command", std::strerror(errno));
    UniqueFd ours(ends[0]);
    const UniqueFd theirs(ends[1]);
    const pid_t pid = fork();
    if (pid < 0)
        return fail(ExitCode::kFailure, "cannot start a process for the command", std::strerror(errno),
                    "check the limits of processes (ulimit -u, and the cgroup's)");
    if (pid == 0) {
        ours = UniqueFd(); // or it would not see that nobody wants it any more
        signals.give_back();
        wait_and_execute(theirs.get(), words, user);
    }
    PreparedCommand command(pid, std::move(ours), words.front());
    const auto word = next_word(command.line_.get());
    if (!word) return fail(ExitCode::kFailure, "the process for the command ended before it began");
    if (word->step != Step::kReady) return tl::unexpected(error_of(*word, command.name_));
    return command;
}

PreparedCommand::~PreparedCommand() {
    if (!line_) return;
    line_ = UniqueFd();
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
}

Result<void> PreparedCommand::release() {
    const UniqueFd line = std::move(line_);
    constexpr char kGo = 1;
    send(line.get(), &kGo, sizeof(kGo), MSG_NOSIGNAL); // one that was killed meanwhile reports that by its end
    if (const auto word = next_word(line.get())) return tl::unexpected(error_of(*word, name_));
    return {};
}

// ── Until it ends ─────────────────────────────────────────────────────────────────────────────────
namespace {

/// The terminal's job is this one: it is the shell that should get it back.
bool has_the_terminal(pid_t command) {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        const pid_t foreground = tcgetpgrp(fd);
        if (foreground > 0) return foreground == getpgrp() || foreground == getpgid(command);
    }
    return false;
}

class Awaited {
public:
    Awaited(pid_t command, bool with_children) : command_(command), with_children_(with_children) {}

    [[nodiscard]] bool is_over() const { return is_over_; }
    [[nodiscard]] int status() const { return status_; }

    /// Looks at all children that have ended or stopped.
    void look() {
        while (!is_over_) {
            siginfo_t info{};
            if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG) != 0) { // no child is left
                is_over_ = true;
            } else if (info.si_pid == 0) {
                return;
            } else if (info.si_pid == command_ && info.si_code == CLD_STOPPED) {
                stop_along();
            } else if (info.si_pid == command_) {
                constexpr int kKilled = 128;
                has_ended_ = true;
                status_ = info.si_code == CLD_EXITED ? info.si_status : kKilled + info.si_status;
                is_over_ = !with_children_;
            }
        }
    }

    void pass_on(const siginfo_t& signal) {
        if (has_ended_) {
            is_over_ = true; // it is only the children that are waited for
            return;
        }
        // What comes of the kernel, by a key or a terminal that goes away, comes to the whole process group.
        const bool is_sent = signal.si_code <= 0;
        if (is_sent && signal.si_pid != command_) kill(command_, signal.si_signo);
    }

private:
    /// A command that stops only itself, as a pager does at Ctrl-Z, leaves us between it and the shell.
    void stop_along() const {
        if (!has_the_terminal(command_)) return;
        raise(SIGSTOP);
        kill(command_, SIGCONT);
    }

    pid_t command_;
    bool with_children_;
    int status_ = 0;
    bool has_ended_ = false; ///< the command; its children may live on
    bool is_over_ = false;
};

} // namespace

int await_command(pid_t command, bool with_children, const ForwardedSignals& signals) {
    Awaited awaited(command, with_children);
    awaited.look(); // one that could not even be executed ended before
    while (!awaited.is_over()) {
        const siginfo_t signal = signals.next();
        if (signal.si_signo == SIGCHLD)
            awaited.look();
        else
            awaited.pass_on(signal);
    }
    return awaited.status();
}

// ── The process that traces ───────────────────────────────────────────────────────────────────────
namespace {

struct Pipe {
    UniqueFd out, in;
};

std::optional<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

[[noreturn]] void trace_and_end(const Tracer::Trace& trace, const Launcher& launcher) {
    // They are meant for the command; what becomes of it is reported all the same.
    for (const int signal : kTerminationSignals) std::signal(signal, SIG_IGN);
    const auto traced = trace(launcher);
    if (!traced) print_error(traced.error());
    _exit(static_cast<int>(traced ? ExitCode::kOk : traced.error().code));
}

} // namespace

Result<Tracer> Tracer::start(const Trace& trace) {
    auto attached = make_pipe();
    auto command_lives = make_pipe();
    // As fork(), but its end sends no SIGCHLD and is waited for by __WALL alone: it is none of the command's children.
    const auto pid = static_cast<pid_t>(attached && command_lives ? syscall(SYS_clone, 0, 0, 0, 0, 0) : -1);
    if (pid < 0) return fail(ExitCode::kFailure, "cannot start a process that traces", std::strerror(errno));
    if (pid == 0) {
        attached->out = UniqueFd();
        command_lives->in = UniqueFd();
        trace_and_end(trace, {std::move(attached->in), std::move(command_lives->out)});
    }
    return Tracer(pid, std::move(attached->out), std::move(command_lives->in));
}

bool Tracer::attaches() {
    char word = 0;
    ssize_t got = 0;
    do got = read(attached_.get(), &word, sizeof(word));
    while (got < 0 && errno == EINTR);
    return got == sizeof(word);
}

ExitCode Tracer::finish() {
    if (!command_lives_) return ExitCode::kOk;
    command_lives_ = UniqueFd();
    int status = 0;
    while (waitpid(pid_, &status, __WALL) < 0 && errno == EINTR) {}
    return WIFEXITED(status) ? static_cast<ExitCode>(WEXITSTATUS(status)) : ExitCode::kFailure;
}

} // namespace tcpblame::cli
