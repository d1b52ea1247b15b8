/// The command `trace`: attach, report, end.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "cli/options.hpp"

namespace tcpblame::cli {

/// Whoever has prepared the command that is traced (`run`), at the other ends of two pipes.
struct Launcher {
    UniqueFd attached;      ///< takes a byte when every hook is attached
    UniqueFd command_lives; ///< has its end when the command has
};

/// `launcher` may be nullptr.
Result<void> trace(const Options& options, const Launcher* launcher = nullptr);

} // namespace tcpblame::cli
