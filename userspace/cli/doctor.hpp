/// tcpblame doctor, and --dry-run: attaches, says by what, and detaches.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"

namespace tcpblame::cli {

/// Errors: those of Session::attach, and kFailure where the report cannot be written.
Result<void> doctor(const Options& options);

} // namespace tcpblame::cli
