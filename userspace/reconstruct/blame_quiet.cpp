// Only a FIN came, as at an orderly end, but the process that had the other end
// was killed, or had not answered.
#include "reconstruct/blame.hpp"
#include "reconstruct/peer_act.hpp"

namespace tcpblame::reconstruct {

Blame blame_quiet_end(const Case& broken) {
    const model::Stamp& came = broken.us->ending().fin_received->stamp;
    Blame blame;
    blame.cause = model::Cause::kPeerClosed;
    if (broken.quiet_end == QuietEnd::kPeerDied) {
        blame.rule = Rule::kPeerDied;
        blame.confidence = model::Confidence::kObserved;
    } else {
        blame.rule = Rule::kUnanswered;
        blame.confidence = closed_unanswered(*broken.us, broken.peer).value_or(model::Confidence::kInferred);
    }
    if (broken.peer != nullptr && broken.peer->ending().fin_sent) {
        blame.peer_act = finishing_act(*broken.peer, came.time_ns);
        cite_peer(blame, broken, broken.peer->ending().fin_sent->stamp);
    }
    cite(blame, came);
    return blame;
}

} // namespace tcpblame::reconstruct
