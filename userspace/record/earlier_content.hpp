/// What a file holds from before is somebody's evidence: it is emptied only where that is asked for.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace tcpblame::record {

enum class EarlierContent : std::uint8_t { kRefuse, kOverwrite, kAppend };

/// Empties a regular file that is open for writing, or goes on at its end (kAppend: for lines, not for recordings);
/// pipes, terminals and devices stay as they are. Fails with kFailure where something is in it and `what` is kRefuse:
/// then nothing has changed.
Result<void> empty_file(int fd, const std::string& path, EarlierContent what);

} // namespace tcpblame::record
