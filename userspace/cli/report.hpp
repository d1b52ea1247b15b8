/// Reports of a recording what was reported live, or would have been.
#pragma once

#include "cli/options.hpp"

namespace tcpblame::cli {

/// Needs no privilege. Fails with kDamagedRecording where the recording cannot be read to its end: what came before is
/// reported all the same.
Result<void> report(const Options& options);

} // namespace tcpblame::cli
