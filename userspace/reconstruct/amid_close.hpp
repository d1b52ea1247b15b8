/// A RST that came while the other end was being closed.
#pragma once

#include "reconstruct/connections.hpp"

namespace tcpblame::reconstruct {

/// The peer's host no longer finds its socket, whose close may be yet to be traced. (Where nothing but the handshake
/// was answered there may have been none, and the listener is to be named while it is there.)
bool may_be_amid_a_close(const Endpoint& us, const Endpoint& peer, const Connections& connections);

} // namespace tcpblame::reconstruct
