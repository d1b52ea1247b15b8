/// The command of `run`: there before it begins, so that it can be watched from its first instruction.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "capture/run_as.hpp"
#include "cli/forwarded_signals.hpp"

#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace tcpblame::cli {

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

    pid_t pid() const { return pid_; }

    /// Lets it begin. Fails as prepare() does where the kernel refuses the file after all.
    Result<void> release();

private:
    PreparedCommand(pid_t pid, UniqueFd line, std::string name)
        : pid_(pid), line_(std::move(line)), name_(std::move(name)) {}

    pid_t pid_;
    UniqueFd line_; ///< to the child; empty once it was released
    std::string name_;
};

} // namespace tcpblame::cli
