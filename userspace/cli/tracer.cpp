#include "cli/tracer.hpp"

#include "cli/forwarded_signals.hpp"
#include "cli/messages.hpp"
#include "cli/trace.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace tcpblame::cli {
namespace {

struct Pipe {
    UniqueFd out, in;
};

std::optional<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

[[noreturn]] void trace_and_end(const Options& options, Launcher launcher) {
    // They are meant for the command; what becomes of it is reported all the same.
    for (const int signal : kTerminationSignals) std::signal(signal, SIG_IGN);
    const auto traced = trace(options, &launcher);
    if (!traced) print_error(traced.error());
    _exit(static_cast<int>(traced ? ExitCode::kOk : traced.error().code));
}

} // namespace

Result<Tracer> Tracer::start(const Options& options) {
    auto attached = make_pipe();
    auto command_lives = make_pipe();
    // As fork(), but its end sends no SIGCHLD and is waited for by __WALL alone: it is none of the command's children.
    const auto pid = static_cast<pid_t>(attached && command_lives ? syscall(SYS_clone, 0, 0, 0, 0, 0) : -1);
    if (pid < 0) return fail(ExitCode::kFailure, "cannot start a process that traces", std::strerror(errno));
    if (pid == 0) {
        attached->out = UniqueFd();
        command_lives->in = UniqueFd();
        trace_and_end(options, {std::move(attached->in), std::move(command_lives->out)});
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
