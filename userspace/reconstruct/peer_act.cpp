#include "reconstruct/peer_act.hpp"

namespace tcpblame::reconstruct {
namespace {

using namespace model;

PeerAct act_of(const Actor& actor, std::uint64_t time_ns) {
    constexpr std::uint32_t kSignalMask = 0x7f; // wait(2): the low 7 bits; the status above them
    PeerAct act;
    act.process = {actor.pid, actor.tid, actor.comm, actor.name, {}, {}};
    act.at_ns = static_cast<std::int64_t>(time_ns);
    if (actor.exiting && (actor.exit_code & kSignalMask) != 0) {
        act.act = Act::kKilled;
        act.signal = static_cast<int>(actor.exit_code & kSignalMask);
    } else if (actor.exiting) {
        act.act = Act::kExit;
        act.exit_status = static_cast<int>(actor.exit_code >> 8 & 0xff);
    } else {
        act.act = actor.syscall == Syscall::kShutdown ? Act::kShutdown : Act::kClose;
    }
    return act;
}

} // namespace

std::optional<PeerAct> finishing_act(const Endpoint& peer) {
    if (!peer.fin_sent || !peer.fin_sent->actor) return std::nullopt;
    return act_of(*peer.fin_sent->actor, peer.fin_sent->stamp.time_ns);
}

std::optional<PeerAct> aborting_act(const Endpoint& peer) {
    if (!peer.reset_sent || peer.reset_sent->kind != ResetKind::kActive || !peer.closed || !peer.closed->actor)
        return std::nullopt;
    PeerAct act = act_of(*peer.closed->actor, peer.closed->stamp.time_ns);
    act.unread = unread(peer, peer.closed->progress);
    act.linger_zero = act.unread == 0 && peer.closed->linger_zero; // unread data decides before SO_LINGER does
    // Other aborts (ss -K, a disconnect, a listener's end) are no close: the task that did them is not to
    // be blamed for one.
    if (act.unread == 0 && !act.linger_zero) return std::nullopt;
    return act;
}

} // namespace tcpblame::reconstruct
