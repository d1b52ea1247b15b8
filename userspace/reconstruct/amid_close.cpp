#include "reconstruct/amid_close.hpp"

#include "reconstruct/accept_overflow.hpp"

namespace tcpblame::reconstruct {

bool may_be_amid_a_close(const Endpoint& us, const Endpoint& peer, const Connections& connections) {
    if (us.peer_has_closed() || handshake_alone_was_answered(us)) return false;
    if (peer.ending().closed || peer.ending().fin_sent) return false;
    if (peer.ending().reset_sent) return no_socket_answered(*peer.ending().reset_sent);
    const Endpoint* stranger = connections.stranger_who_answered(us, &peer);
    return stranger != nullptr && no_socket_answered(*stranger->ending().reset_sent);
}

} // namespace tcpblame::reconstruct
