/// A frame: one event as it came, before anybody has decoded it; what the kernel gives and a recorder keeps.
///
/// Every frame begins with `wire_header` (bpf/wire.h), whose type and size say how to read the
/// rest. The kernel makes the types below kFirstUserFrame; the others are what userspace looked up.
#pragma once

#include "model/event.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace tcpblame::wire {

using Frame = std::span<const std::byte>;
using FrameBytes = std::vector<std::byte>;
using FrameSink = std::function<void(Frame)>;

inline constexpr std::uint16_t kFirstUserFrame = 64;

FrameBytes encode(const model::TimePassed& passed);
FrameBytes encode(const model::EventsLost& event);
FrameBytes encode(const model::ProcessKnown& known);
FrameBytes encode(const model::CgroupKnown& known);
FrameBytes encode(const model::ClockSet& set);
FrameBytes encode(const model::LookedUp& event);

} // namespace tcpblame::wire
