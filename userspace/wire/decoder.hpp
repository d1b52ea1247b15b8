/// From a frame's bytes to an event that the core understands.
#pragma once

#include "model/event.hpp"
#include "wire/frame.hpp"

#include <optional>

namespace tcpblame::wire {

/// nullopt for a frame whose type is not known, or that is shorter than its type ever was: a frame
/// may be longer (a newer writer has appended fields), or lack what was appended to it since.
[[nodiscard]] std::optional<model::Event> decode(Frame frame);

} // namespace tcpblame::wire
