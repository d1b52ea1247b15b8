/// What a person may ask `top` for, whichever key that is.
#pragma once

#include <cstdint>

namespace tcpblame::render {

enum class Key : std::uint8_t {
    kUp,
    kDown,
    kPageUp,
    kPageDown,
    kHome,
    kEnd,
    kLeft,
    kRight,
    kEnter,
    kEscape,
    kPause,
    kHelp,
    kQuit,
    kByCount,
    kByRate,
    kByLast,
    kByProcess,
    kPreviousColumn,
    kNextColumn,
    kReverse,
    kNone, ///< one that means nothing here
};

} // namespace tcpblame::render
