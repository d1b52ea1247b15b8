/// The process that traces the command of `run`. It has the privileges; the one that stands in the command's place
/// needs none, and is there for signals however much there is to report.
#pragma once

#include "base/unique_fd.hpp"
#include "cli/options.hpp"

#include <sys/types.h>
#include <utility>

namespace tcpblame::cli {

class Tracer {
public:
    /// It says itself, on standard error, what goes wrong in it. Fails with kFailure where it cannot be started.
    static Result<Tracer> start(const Options& options);

    Tracer(Tracer&&) noexcept = default;
    Tracer& operator=(Tracer&&) = delete;
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;
    ~Tracer() { finish(); }

    /// Waits until every hook is attached. False where that cannot be.
    bool attaches();

    /// The command has ended: waits until all is reported. How that went.
    ExitCode finish();

private:
    Tracer(pid_t pid, UniqueFd attached, UniqueFd command_lives)
        : pid_(pid), attached_(std::move(attached)), command_lives_(std::move(command_lives)) {}

    pid_t pid_;
    UniqueFd attached_;
    UniqueFd command_lives_;
};

} // namespace tcpblame::cli
