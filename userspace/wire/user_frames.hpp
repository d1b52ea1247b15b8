/// The frames that userspace makes: how their fields are laid out.
#pragma once

#include "model/event.hpp"
#include "wire/frame.hpp"

#include <cstdint>
#include <optional>

namespace tcpblame::wire {

enum class UserFrame : std::uint16_t {
    kTimePassed = kFirstUserFrame,
    kEventsLost = 65,
    kProcessKnown = 66,
    kCgroupKnown = 67,
    kClockSet = 68,
};

[[nodiscard]] std::optional<model::Event> decode_user_frame(std::uint16_t type, Frame payload);

} // namespace tcpblame::wire
