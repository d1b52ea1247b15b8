/// A frame as text, and what its header says.
#pragma once

#include "bpf/wire.h"
#include "wire/frame.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

namespace tcpblame::store {

inline std::string_view text_of(wire::Frame frame) {
    return {reinterpret_cast<const char*>(frame.data()), frame.size()};
}

inline wire::Frame frame_in(std::string_view text) { return std::as_bytes(std::span(text)); }

/// What it lacks is zero.
inline wire_header header_of(wire::Frame frame) {
    wire_header header{};
    std::memcpy(&header, frame.data(), std::min(frame.size(), sizeof(header)));
    return header;
}

} // namespace tcpblame::store
