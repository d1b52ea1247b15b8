/// Who takes what a run gives: the kernel's events as the frames that came, and what userspace found out as events.
#pragma once

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
};

} // namespace tcpblame::capture
