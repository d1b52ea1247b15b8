/// The command `run`: starts a command, reports what broke in it, and ends as it did.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"

namespace tcpblame::cli {

/// The exit status: the command's, or of the tracer what it has said itself. Fails with kRunFailed for kFailure.
Result<int> run(Options options);

} // namespace tcpblame::cli
