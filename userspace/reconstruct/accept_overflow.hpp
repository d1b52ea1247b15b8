/// A listener whose accept queue is full, and what its host answers then.
#pragma once

#include "reconstruct/attribution.hpp"

#include <optional>

namespace tcpblame::reconstruct {

/// Nothing has come from the other end but what made the connection, and nothing but that was acknowledged.
bool handshake_alone_was_answered(const Endpoint& us);

/// sk_acceptq_is_full() (include/net/sock.h)
bool is_full(const model::AcceptQueue& queue);

/// A full accept queue: the listener answers the last segment of the handshake (tcp_abort_on_overflow). Any segment
/// without data of a connection that the listener does not know is answered so, too: the kernel's reason distinguishes
/// them (6.10); before, the queue, the setting, and that the connection has never been used.
std::optional<model::Confidence> overflow(const SentReset& sent, const Case& broken);

} // namespace tcpblame::reconstruct
