/// Writes to whatever somebody gave us, and gives up where nobody reads it and a signal has asked to end.
#pragma once

#include "wire/frame.hpp"

#include <cstdint>

namespace tcpblame::record {

/// For the handler of SIGINT and its like: writes that wait do not wait much longer. (false: for tests.)
void ask_to_end(bool asked = true);
[[nodiscard]] bool is_asked_to_end();

enum class Written : std::uint8_t {
    kAll,
    kClosed, ///< the reader of the pipe has gone
    kCut,    ///< it was asked to end, and nobody has read for a second
    kFailed, ///< errno says why
};

/// SIGPIPE must be ignored, or blocked.
Written write_all(int fd, wire::Frame bytes);

} // namespace tcpblame::record
