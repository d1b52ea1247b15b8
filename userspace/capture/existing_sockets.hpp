/// The connections that were there before the attach, as frames.
#pragma once

#include "base/result.hpp"
#include "wire/frame.hpp"

struct bpf_link;

namespace tcpblame::capture {

/// Runs the iterator (bpf/hooks/existing.bpf.c), which is attached, once and hands over a frame for each socket.
Result<void> read_existing_sockets(const bpf_link* iterator, const wire::FrameSink& sink);

} // namespace tcpblame::capture
