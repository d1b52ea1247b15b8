// Nothing broke: told only where every end is asked for.
#include "reconstruct/blame.hpp"
#include "reconstruct/peer_act.hpp"
#include "reconstruct/words.hpp"

#include <fmt/format.h>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

std::string first_words(const Case& broken, const std::optional<PeerAct>& act) {
    const Endpoint& us = *broken.us;
    const bool peer_first =
        us.ending().fin_received &&
        (!us.ending().fin_sent || us.ending().fin_received->stamp.time_ns < us.ending().fin_sent->stamp.time_ns);
    if (peer_first && act) return fmt::format("{} {} first", who(act->process), did(*act));
    if (peer_first) return "the peer closed first";
    return us.ending().fin_sent ? "we closed first" : "it was never established";
}

/// Left from a state that only a FIN of each side leads to, or our own that was acknowledged; and no error was set.
bool ended_well(const Endpoint& us) {
    if (!us.ending().closed || us.ending().closed->error != 0) return false;
    const TcpState last = us.ending().closed->state;
    return last == TcpState::kLastAck || last == TcpState::kClosing || last == TcpState::kFinWait2;
}

} // namespace

Blame blame_orderly(const Case& broken) {
    const Endpoint& us = *broken.us;
    Blame blame;
    blame.cause = Cause::kOrderly;
    blame.confidence = ended_well(us) ? Confidence::kObserved : Confidence::kInferred;
    if (broken.peer != nullptr) blame.peer_act = finishing_act(*broken.peer);
    blame.summary = first_words(broken, blame.peer_act) + "; nothing broke";
    for (const auto* mark : {&us.ending().fin_sent, &us.ending().fin_received})
        if (*mark) cite(blame, (*mark)->stamp);
    if (us.ending().closed) cite(blame, us.ending().closed->stamp);
    return blame;
}

} // namespace tcpblame::reconstruct
