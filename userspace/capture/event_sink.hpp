/// Who takes what a run gives: the kernel's events as the frames that came, and what userspace found out as events.
#pragma once

#include "capture/stack_copy.hpp"
#include "model/event.hpp"
#include "wire/frame.hpp"

namespace tcpblame::capture {

class EventSink {
public:
    EventSink() = default;
    EventSink(const EventSink&) = delete;
    EventSink& operator=(const EventSink&) = delete;
    virtual ~EventSink() = default;

    virtual void take(wire::Frame frame) = 0;
    virtual void take(model::LookedUp event) = 0;
    /// An event, and the stack of its thread as it was then: not to be kept.
    virtual void take(wire::Frame frame, const StackCopy& /*stack*/) { take(frame); }
};

} // namespace tcpblame::capture
