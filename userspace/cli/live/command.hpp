/// The command that `run` starts: a process that waits until it is watched, the signals that are forwarded to it, and
/// the process beside it that traces.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "capture/run_as.hpp"
#include "cli/live/loop.hpp"

#include <array>
#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace tcpblame::cli {

/// Signals that wait until they are asked for, so that none comes between two steps; a process that is started
/// meanwhile gets them as they were.
class ForwardedSignals {
public:
    /// SIGCHLD, and those that ask a program to end or to do something, but for those that are ignored (nohup).
    ForwardedSignals();
    ForwardedSignals(const ForwardedSignals&) = delete;
    ForwardedSignals& operator=(const ForwardedSignals&) = delete;
    ~ForwardedSignals() { give_back(); }

    /// For a child: mask and dispositions that this process was started with.
    void give_back() const;

    /// Waits for one.
    [[nodiscard]] siginfo_t next() const;

    /// Those that have come are not answered any more.
    void discard() const;

private:
    sigset_t kept_{};
    sigset_t mask_before_{};
    struct sigaction child_before_ {};
};

/// The ones that ask a program for something.
inline constexpr std::array kTerminationSignals{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

/// It is there before it begins, so that it can be watched from its first instruction.
class PreparedCommand {
public:
    /// A child that waits for release(), as `user` where one is given, and has its signals back.
    /// Fails with kCommandNotFound, kCannotExecute, kPrivilege, kFailure.
    static Result<PreparedCommand> prepare(const std::vector<std::string>& words,
                                           const std::optional<capture::User>& user, const ForwardedSignals& signals);

    PreparedCommand(PreparedCommand&&) noexcept = default;
    PreparedCommand& operator=(PreparedCommand&&) = delete;
    PreparedCommand(const PreparedCommand&) = delete;
    PreparedCommand& operator=(const PreparedCommand&) = delete;
    /// One that was not released has never been: it ends.
    ~PreparedCommand();

    [[nodiscard]] pid_t pid() const { return pid_; }

    /// Lets it begin. Fails as prepare() does where the kernel refuses the file after all.
    Result<void> release();

private:
    PreparedCommand(pid_t pid, UniqueFd line, std::string name)
        : pid_(pid), line_(std::move(line)), name_(std::move(name)) {}

    pid_t pid_;
    UniqueFd line_; ///< to the child; empty once it was released
    std::string name_;
};

/// Returns when the command, a child, has ended, with its exit status as a shell has it: 128 + N where signal N killed
/// it. Until then what is sent to us is sent on to it, and we stop when it does.
/// `with_children`: also waits for all that came from it, where it was started below a subreaper (prctl(2)), until a
/// signal asks to end.
[[nodiscard]] int await_command(pid_t command, bool with_children, const ForwardedSignals& signals);

/// The process that traces the command. It has the privileges; the one that stands in the command's place needs none,
/// and is there for signals however much there is to report.
class Tracer {
public:
    using Trace = std::function<Result<void>(const Launcher&)>;

    /// `trace` is called in the new process, which prints itself what goes wrong in it. Fails with kFailure where it
    /// cannot be started.
    static Result<Tracer> start(const Trace& trace);

    Tracer(Tracer&&) noexcept = default;
    Tracer& operator=(Tracer&&) = delete;
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;
    ~Tracer() { static_cast<void>(finish()); }

    /// Waits until every hook is attached. False where that cannot be.
    [[nodiscard]] bool attaches();

    /// The command has ended: waits until all is reported. How that went.
    [[nodiscard]] ExitCode finish();

private:
    Tracer(pid_t pid, UniqueFd attached, UniqueFd command_lives)
        : pid_(pid), attached_(std::move(attached)), command_lives_(std::move(command_lives)) {}

    pid_t pid_;
    UniqueFd attached_;
    UniqueFd command_lives_;
};

} // namespace tcpblame::cli
