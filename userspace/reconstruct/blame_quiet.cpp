// Only a FIN came, as at an orderly end, but the process that had the other end
// was killed.
#include "reconstruct/blame.hpp"
#include "reconstruct/peer_act.hpp"

namespace tcpblame::reconstruct {

Blame blame_death(const Case& broken) {
    Blame blame;
    blame.rule = Rule::kPeerDied;
    blame.cause = model::Cause::kPeerClosed;
    blame.confidence = model::Confidence::kObserved;
    blame.peer_act = finishing_act(*broken.peer, broken.us->ending().fin_received->stamp.time_ns);
    cite_peer(blame, broken, broken.peer->ending().fin_sent->stamp);
    cite(blame, broken.us->ending().fin_received->stamp);
    return blame;
}

} // namespace tcpblame::reconstruct
