// A proxy: it closed the connection since its other one had ended.
#include "reconstruct/blame.hpp"
#include "reconstruct/relays.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace tcpblame::reconstruct {
namespace {

using namespace model;

constexpr std::size_t kMostReasons = 8;

/// Of its own accord: a relay that has nothing else to do ends itself.
bool is_closed_by(const PeerAct& act) {
    return act.process.pid != 0 && (act.act == Act::kClose || act.act == Act::kShutdown || act.act == Act::kExit);
}

bool ends_by_close(Cause cause) {
    return cause == Cause::kPeerClosed || cause == Cause::kPeerAborted || cause == Cause::kOrderly;
}

bool is_of_a_death(const Reason& reason) {
    return reason.code == ReasonCode::kKilled || reason.code == ReasonCode::kOomKilled ||
           (reason.code == ReasonCode::kExited && reason.exit_status != 0);
}

/// No answer ends so that is whole: who rewrites what it passes on closes both connections after one of those, too.
bool ended_amid_an_answer(const Blame& why, const Endpoint& ended) {
    return ended.ending().reset_received || (why.peer_act && why.peer_act->act == Act::kKilled) ||
           std::any_of(why.why.begin(), why.why.end(), is_of_a_death);
}

Reason passed_on(const PeerAct& act, const Endpoint& closed, const Endpoint& ended, Blame& why) {
    const std::uint64_t ended_ns = ended_by_peer_ns(ended);
    const auto& reset = ended.ending().reset_received;
    Reason made;
    made.code = ReasonCode::kPassedOn;
    made.confidence = Confidence::kInferred;
    made.at_ns = static_cast<std::int64_t>(ended_ns);
    made.process = act.process;
    made.lasted_ns = closing_of(closed)->stamp.time_ns - ended_ns;
    made.connection = facts_of(ended);
    made.peer = std::move(why.peer_act);
    made.by_reset = reset && reset->stamp.time_ns == ended_ns;
    return made;
}

} // namespace

void add_reasons_passed_on(Blame& blame, const Case& broken, Blame&& why) {
    if (!ends_by_close(blame.cause)) return;
    if (!std::all_of(blame.why.begin(), blame.why.end(), leaves_room)) return;
    if (!blame.peer_act || !is_closed_by(*blame.peer_act)) return;
    const Endpoint& other = *broken.passed_on->us;
    if (!Relays::passes_unchanged(other, *broken.peer) && !ended_amid_an_answer(why, other)) return;
    Reason& made = blame.why.emplace_back(passed_on(*blame.peer_act, *broken.peer, other, why));
    const Ending& ended = other.ending();
    cite_peer(made, blame, broken, made.by_reset ? ended.reset_received->stamp : ended.fin_received->stamp);
    for (Reason& reason : why.why)
        if (blame.why.size() < kMostReasons) blame.why.push_back(std::move(reason));
}

} // namespace tcpblame::reconstruct
