/// A stack that was unwound takes the place of the one that the kernel saw, in the event itself: what is recorded is
/// what is reported.
#pragma once

#include "model/verdict.hpp"
#include "wire/frame.hpp"

#include <span>

namespace tcpblame::wire {

/// The event (wire_send, wire_sigpipe or wire_act) with these frames instead of its own, and without the words of its
/// stack, which are of use only to find one of them. Any other frame as it is.
[[nodiscard]] FrameBytes with_unwound(Frame event, std::span<const model::StackFrame> frames);

} // namespace tcpblame::wire
