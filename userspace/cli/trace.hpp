/// The command `trace`: attach, tell, end.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"

namespace tcpblame::cli {

Result<void> trace(const Options& options);

} // namespace tcpblame::cli
