#include "reconstruct/peer_act.hpp"
#include "reconstruct/processes.hpp"

#include <csignal>
#include <limits>

namespace tcpblame::reconstruct {

using namespace model;

Deed deed_of(const Actor& actor) {
    constexpr std::uint32_t kSignalMask = 0x7f; // wait(2): the low 7 bits; the status above them
    Deed deed;
    if (actor.exiting && (actor.exit_code & kSignalMask) != 0) {
        deed.act = Act::kKilled;
        deed.signal = static_cast<int>(actor.exit_code & kSignalMask);
    } else if (actor.exiting) {
        deed.act = Act::kExit;
        deed.exit_status = static_cast<int>(actor.exit_code >> 8 & 0xff);
    } else if (actor.syscall == Syscall::kShutdown) {
        deed.act = Act::kShutdown;
    } else {
        deed.act = actor.syscall == Syscall::kConnect ? Act::kDisconnect : Act::kClose;
    }
    return deed;
}

namespace {

/// nullopt of no mark.
std::optional<PeerAct> act_of(const Endpoint& peer, const Mark* mark, const Deed& deed) {
    std::optional<PeerAct> act;
    if (mark == nullptr) return act;
    act.emplace(
        PeerAct{deed, process_of(*mark->actor), static_cast<std::int64_t>(mark->stamp.time_ns), mark->stack.frames()});
    act->process.host = peer.host();
    return act;
}

/// The event by which it finished; nullptr where no task can be named.
const Mark* finish(const Endpoint& peer, std::uint64_t until_ns) {
    const Ending& ending = peer.ending();
    if (!ending.fin_sent) return nullptr;
    if (act_is_inferred(peer)) return &*ending.listener_died;
    if (ending.last_close && ending.last_close->stamp.time_ns <= until_ns) return &*ending.last_close;
    return ending.fin_sent->actor ? &*ending.fin_sent : nullptr;
}

/// By which the process died; 0: it did not.
int deadly_signal(const Mark& mark) {
    return mark.actor && mark.actor->exiting && !mark.actor->kernel_thread ? deed_of(*mark.actor).signal : 0;
}

/// Nobody asks for these to have a process end well: SIGKILL, and those that a fault draws.
bool is_violent(int signal) {
    switch (signal) {
    case SIGKILL:
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
    case SIGSYS:
    case SIGTRAP: return true;
    default: return false;
    }
}

} // namespace

bool died_in_it(const Endpoint& peer, const Endpoint& us) {
    const Ending& ours = us.ending();
    const Ending& theirs = peer.ending();
    if (!theirs.fin_sent || theirs.fin_sent->state != TcpState::kEstablished || !ours.fin_received) return false;
    if (ours.fin_received->state != TcpState::kEstablished || (ours.fin_sent && deadly_signal(*ours.fin_sent) != 0))
        return false;
    const int signal = deadly_signal(*theirs.fin_sent);
    return is_violent(signal) || (signal != 0 && theirs.fin_sent->idle.last == LastSender::kPeer);
}

bool act_is_inferred(const Endpoint& peer) {
    const Ending& ending = peer.ending();
    return ending.fin_sent && !ending.fin_sent->actor && ending.listener_died;
}

std::optional<PeerAct> finishing_act(const Endpoint& peer) {
    return finishing_act(peer, std::numeric_limits<std::uint64_t>::max());
}

std::optional<PeerAct> finishing_act(const Endpoint& peer, std::uint64_t until_ns) {
    const Mark* mark = finish(peer, until_ns);
    return act_of(peer, mark, mark != nullptr ? deed_of(*mark->actor) : Deed{});
}

std::optional<NamedDeed> finishing_deed(const Endpoint& peer, std::uint64_t until_ns) {
    const Mark* mark = finish(peer, until_ns);
    return mark != nullptr ? std::optional(NamedDeed{mark->actor->name, deed_of(*mark->actor)}) : std::nullopt;
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

namespace {

/// The event by which it aborted the connection; nullptr where no task can be named.
const Mark* abort_of(const Endpoint& peer, Deed& deed) {
    if (!aborted_by_itself(peer)) return nullptr;
    const Ending& ending = peer.ending();
    if (sent_abort(peer) && ending.listener_closed) {
        deed = deed_of(*ending.listener_closed->actor);
        deed.act = Act::kListenerClosed;
        return &*ending.listener_closed;
    }
    if (!was_closed_by_somebody(peer)) return nullptr;
    deed = deed_of(*ending.closed->actor);
    deed.unread = unread_at_abort(peer);
    deed.linger_zero = deed.unread == 0 && ending.closed->linger_zero; // unread data decides before SO_LINGER does
    // Other aborts are no close: the task that did them is not to be blamed for one.
    if (sent_abort(peer) && ending.reset_sent->reason == ResetReason::kAbortOnLinger) return &*ending.closed;
    if (deed.unread == 0 && !deed.linger_zero && deed.act != Act::kDisconnect) return nullptr;
    return &*ending.closed;
}

} // namespace

std::optional<PeerAct> aborting_act(const Endpoint& peer) {
    Deed deed;
    const Mark* mark = abort_of(peer, deed);
    return act_of(peer, mark, deed);
}

std::optional<NamedDeed> aborting_deed(const Endpoint& peer) {
    Deed deed;
    const Mark* mark = abort_of(peer, deed);
    return mark != nullptr ? std::optional(NamedDeed{mark->actor->name, deed}) : std::nullopt;
}

} // namespace tcpblame::reconstruct
