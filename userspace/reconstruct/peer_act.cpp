#include "reconstruct/peer_act.hpp"
#include "reconstruct/processes.hpp"

#include <limits>

namespace tcpblame::reconstruct {
namespace {

using namespace model;

PeerAct act_of(const Endpoint& peer, const Mark& mark) {
    constexpr std::uint32_t kSignalMask = 0x7f; // wait(2): the low 7 bits; the status above them
    const Actor& actor = *mark.actor;
    PeerAct act;
    act.process = process_of(actor);
    act.process.host = peer.host();
    act.at_ns = static_cast<std::int64_t>(mark.stamp.time_ns);
    act.stack = mark.stack.frames();
    if (actor.exiting && (actor.exit_code & kSignalMask) != 0) {
        act.act = Act::kKilled;
        act.signal = static_cast<int>(actor.exit_code & kSignalMask);
    } else if (actor.exiting) {
        act.act = Act::kExit;
        act.exit_status = static_cast<int>(actor.exit_code >> 8 & 0xff);
    } else if (actor.syscall == Syscall::kShutdown) {
        act.act = Act::kShutdown;
    } else {
        act.act = actor.syscall == Syscall::kConnect ? Act::kDisconnect : Act::kClose;
    }
    return act;
}

} // namespace

bool act_is_inferred(const Endpoint& peer) {
    const Ending& ending = peer.ending();
    return ending.fin_sent && !ending.fin_sent->actor && ending.listener_died;
}

std::optional<PeerAct> finishing_act(const Endpoint& peer) {
    return finishing_act(peer, std::numeric_limits<std::uint64_t>::max());
}

std::optional<PeerAct> finishing_act(const Endpoint& peer, std::uint64_t until_ns) {
    const Ending& ending = peer.ending();
    if (!ending.fin_sent) return std::nullopt;
    if (act_is_inferred(peer)) return act_of(peer, *ending.listener_died);
    if (ending.last_close && ending.last_close->stamp.time_ns <= until_ns) return act_of(peer, *ending.last_close);
    if (!ending.fin_sent->actor) return std::nullopt;
    return act_of(peer, *ending.fin_sent);
}

namespace {

/// A close leaves no error: where there is one, a timer (ETIMEDOUT) or somebody outside (ECONNABORTED: ss -K) ended it.
bool aborted_by_itself(const Endpoint& peer) {
    return (sent_abort(peer) || aborts_by_close(peer)) && (!peer.ending().closed || peer.ending().closed->error == 0);
}

bool was_closed_by_somebody(const Endpoint& peer) { return peer.ending().closed && peer.ending().closed->actor; }

} // namespace

std::uint64_t unread_at_abort(const Endpoint& peer) {
    const bool by_listener = sent_abort(peer) && peer.ending().listener_closed;
    if (by_listener || !was_closed_by_somebody(peer) || !aborted_by_itself(peer)) return 0;
    return unread(peer, peer.ending().closed->progress);
}

std::optional<PeerAct> aborting_act(const Endpoint& peer) {
    if (!aborted_by_itself(peer)) return std::nullopt;
    if (sent_abort(peer) && peer.ending().listener_closed) {
        PeerAct act = act_of(peer, *peer.ending().listener_closed);
        act.act = Act::kListenerClosed;
        return act;
    }
    if (!was_closed_by_somebody(peer)) return std::nullopt;
    PeerAct act = act_of(peer, *peer.ending().closed);
    act.unread = unread_at_abort(peer);
    act.linger_zero = act.unread == 0 && peer.ending().closed->linger_zero; // unread data decides before SO_LINGER does
    // Other aborts are no close: the task that did them is not to be blamed for one.
    if (act.unread == 0 && !act.linger_zero && act.act != Act::kDisconnect) return std::nullopt;
    return act;
}

} // namespace tcpblame::reconstruct
