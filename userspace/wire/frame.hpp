/// A frame: one event as it came, before anybody has decoded it; what a source gives and a recorder keeps.
///
/// Every frame begins with `wire_header` (bpf/wire.h), whose type and size say how to read the
/// rest. The kernel makes the types below kFirstUserFrame; the others are what userspace looked up.
#pragma once

#include "base/result.hpp"
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

/// Whence frames come: the kernel, a recording, a test.
class Source {
public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    /// Waits until there are frames, at most until `deadline_ns` (CLOCK_MONOTONIC), and hands over
    /// all that are there; the last one is a TimePassed.
    virtual Result<void> read(const FrameSink& sink, std::uint64_t deadline_ns) = 0;
};

} // namespace tcpblame::wire
