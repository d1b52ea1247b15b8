/// The connections that were there before the attach, as frames.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "wire/frame.hpp"

struct bpf_link;

namespace tcpblame::capture {

/// The iterator (bpf/hooks/existing.bpf.c), which is attached, to be read once. It takes the privileges; reading does
/// not.
Result<UniqueFd> open_existing_sockets(const bpf_link* iterator);

/// Runs it now, and hands over a frame for each socket.
Result<void> read_existing_sockets(const UniqueFd& fd, const wire::FrameSink& sink);

} // namespace tcpblame::capture
