// Nothing broke: reported only where every end is asked for.
#include "reconstruct/blame.hpp"
#include "reconstruct/peer_act.hpp"

namespace tcpblame::reconstruct {

using namespace model;

namespace {

/// Left from a state that only a FIN of each side leads to, and no error was set. A socket leaves FIN_WAIT2 when its
/// FIN was acknowledged, too: then what became of the other end is known of that end alone.
bool ended_well(const Case& broken) {
    const auto& closed = broken.us->ending().closed;
    if (!closed || closed->error != 0) return false;
    switch (closed->state) {
    case TcpState::kLastAck:
    case TcpState::kClosing: // tcp_out_of_resources() (net/ipv4/tcp_timer.c) ends an orphan without an error
        return closed->progress.snd_una == closed->progress.write_seq;
    case TcpState::kFinWait2:
        return closed->fin_received == true ||
               (broken.peer != nullptr && broken.peer->ending().fin_sent && broken.peer->ending().closed &&
                broken.peer->ending().closed->error == 0);
    default: return false;
    }
}

} // namespace

Blame blame_orderly(const Case& broken) {
    const Endpoint& us = *broken.us;
    Blame blame;
    blame.rule = Rule::kOrderly;
    blame.cause = Cause::kOrderly;
    blame.confidence = ended_well(broken) ? Confidence::kObserved : Confidence::kInferred;
    if (broken.peer != nullptr) blame.peer_act = finishing_act(*broken.peer);
    blame.circumstances.both_closed =
        us.peer_has_closed() || (broken.peer != nullptr && broken.peer->ending().fin_sent.has_value());
    for (const auto* mark : {&us.ending().fin_sent, &us.ending().fin_received})
        if (*mark) cite(blame, (*mark)->stamp);
    if (us.ending().closed) cite(blame, us.ending().closed->stamp);
    return blame;
}

} // namespace tcpblame::reconstruct
