// A RST ended the connection: whose, and in answer to what.
#include "reconstruct/blame.hpp"
#include "reconstruct/peer_act.hpp"
#include "reconstruct/words.hpp"

#include "model/names.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <utility>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

/// "this host", or the name of the peer's.
std::string host_of(const Endpoint& peer) { return peer.host().empty() ? "this host" : peer.host(); }

double seconds_between(const Stamp& from, const Stamp& to) {
    constexpr double kNsPerSecond = 1e9;
    return static_cast<double>(to.time_ns - from.time_ns) / kNsPerSecond;
}

/// Of two hosts: how far apart one moment may be reported by both, besides what their clocks are apart.
constexpr std::uint64_t kSameRstNs = 100'000'000;

/// On its way from another host, generously.
constexpr std::uint64_t kLongestWayNs = 1'000'000'000;

/// Of two hosts: not sent after it came, as far as their clocks report. Of answers the last is known, which may be a
/// later one than that which came; an abort is the end of it whenever it was, for what the host answers afterwards is
/// its consequence.
bool may_have_come(const SentReset& sent, const Case& broken) {
    if (!broken.far->uncertainty_ns) return true;
    const std::uint64_t came_ns = broken.us->ending().reset_received->stamp.time_ns;
    const std::uint64_t doubt = kSameRstNs + *broken.far->uncertainty_ns;
    if (sent.stamp.time_ns > came_ns + doubt) return false;
    return sent.kind == ResetKind::kActive || came_ns < sent.stamp.time_ns + kLongestWayNs + doubt;
}

/// The other recording covers the time in which the RST was sent, and the socket there neither sent one nor was closed
/// but by one that came to it.
bool far_peer_sent_none(const Case& broken) {
    if (!broken.far->uncertainty_ns) return false;
    const std::uint64_t came_ns = broken.us->ending().reset_received->stamp.time_ns;
    const std::uint64_t doubt = kSameRstNs + *broken.far->uncertainty_ns;
    const std::uint64_t since_ns = came_ns - std::min(came_ns, kLongestWayNs + doubt);
    if (broken.far->seen_from_ns > since_ns || broken.far->seen_until_ns < came_ns + doubt) return false;
    if (broken.far->losses->between(since_ns, came_ns + doubt) > 0) return false;
    const auto later = [&](const auto& mark) { return mark->stamp.time_ns > came_ns + doubt; };
    if (broken.peer->ending().reset_sent && !later(broken.peer->ending().reset_sent)) return false;
    return !broken.peer->ending().closed || broken.peer->ending().reset_received || later(broken.peer->ending().closed);
}

/// The other end is a socket on this host that lived on when the RST came, or ended by a RST that came to it as well.
bool local_peer_sent_none(const Case& broken) {
    const Ending& theirs = broken.peer->ending();
    if (broken.peer->cookie == 0) return false; // known by its RST alone
    // Traced when it has left, and its task may have been preempted between the two for long: it may be what came.
    if (sent_abort(*broken.peer) && theirs.reset_sent->sender_state != TcpState::kClose) return false;
    if (!theirs.closed) return !theirs.destroyed;
    return theirs.reset_received.has_value() ||
           theirs.closed->stamp.time_ns > broken.us->ending().reset_received->stamp.time_ns;
}

bool peer_sent_none(const Case& broken) {
    if (broken.peer == nullptr) return false;
    return broken.far == nullptr ? local_peer_sent_none(broken) : far_peer_sent_none(broken);
}

/// Data that comes to a socket that is shut for reading makes the kernel call tcp_reset() itself
/// (tcp_rcv_state_process() in net/ipv4/tcp_input.c): such a reception may be of no RST at all.
bool may_be_no_reset(const Endpoint& endpoint) {
    constexpr std::uint8_t kReceiving = 1; // RCV_SHUTDOWN (include/net/sock.h)
    const auto& came = endpoint.ending().reset_received;
    return came && (came->shutdown & kReceiving) != 0 &&
           (came->state == TcpState::kFinWait1 || came->state == TcpState::kFinWait2);
}

/// Had the other end sent a RST, or its host in its name, it would have been seen. (One that was traced long after may
/// be the one that came: a task may be preempted between the two.)
bool would_have_seen_it(const Case& broken) {
    return broken.far == nullptr && !may_be_no_reset(*broken.us) && !may_be_no_reset(*broken.peer) &&
           broken.sees_every_reset && !broken.peer->ending().reset_sent && broken.us->opened_ns != 0 &&
           broken.us->found_in == TcpState::kNone && broken.peer->found_in == TcpState::kNone;
}

/// The RST answers a segment of ours: data, a FIN, the probe of a silent connection.
bool answers_us(const SentReset& sent, const Case& broken) {
    return sent.kind == ResetKind::kPassive && !sent.segment_is_syn && fits_what_came(sent, *broken.us);
}

/// Nothing has come from the other end but what made the connection, and nothing but that was acknowledged.
bool handshake_alone_was_answered(const Endpoint& us) {
    constexpr std::uint64_t kSyn = 1;
    return us.has_progress && us.progress.bytes_acked <= kSyn && us.progress.bytes_received == 0;
}

/// sk_acceptq_is_full() (include/net/sock.h)
bool is_full(const AcceptQueue& queue) { return queue.length > queue.limit; }

/// No probe of a silent connection, which has the number before what was acknowledged, and no FIN.
bool may_be_last_of_handshake(const SentReset& sent, const Endpoint& us) {
    return sent.segment_seq == us.ending().reset_received->progress.snd_una && !us.ending().fin_sent;
}

/// A full accept queue: the listener answers the last segment of the handshake (tcp_abort_on_overflow). Any segment
/// without data of a connection that the listener does not know is answered so, too: the kernel's reason reports them
/// apart (6.10); before, the queue, the setting, and that the connection has never been used.
std::optional<Confidence> overflow(const SentReset& sent, const Case& broken) {
    const bool may_be = sent.kind == ResetKind::kPassive && sent.sender_state == TcpState::kListen &&
                        sent.segment_len == 0 && !sent.segment_is_syn;
    if (!may_be) return std::nullopt;
    // Without memory for the new socket it answers so, too: tcp_v4_syn_recv_sock() (net/ipv4/tcp_ipv4.c).
    if (sent.reason == ResetReason::kInvalidSyn)
        return !sent.queue || is_full(*sent.queue) ? Confidence::kObserved : Confidence::kInferred;
    // An older recording has it among those without a name of their own.
    const bool may_be_this_reason =
        sent.reason == ResetReason::kUnknown || (sent.reason == ResetReason::kOther && !sent.queue);
    if (!may_be_this_reason || !handshake_alone_was_answered(*broken.us)) return std::nullopt;
    if (!may_be_last_of_handshake(sent, *broken.us)) return std::nullopt;
    if (!sent.queue) return Confidence::kInferred; // an older recording does not say more
    if (!sent.queue->aborts_on_overflow || !is_full(*sent.queue)) return std::nullopt;
    return Confidence::kObserved;
}

void cite_reset(Blame& blame, const Case& broken) {
    const Endpoint& us = *broken.us;
    if (us.ending().fin_received) cite(blame, us.ending().fin_received->stamp);
    if (us.ending().doomed_write) cite(blame, us.ending().doomed_write->stamp);
    if (broken.peer != nullptr) {
        if (broken.peer->ending().fin_sent) cite_peer(blame, broken, broken.peer->ending().fin_sent->stamp);
        if (broken.peer->ending().listener_closed)
            cite_peer(blame, broken, broken.peer->ending().listener_closed->stamp);
        if (aborts_by_close(*broken.peer) && !sent_abort(*broken.peer))
            cite_peer(blame, broken, broken.peer->ending().closed->stamp);
        if (broken.peer->ending().reset_sent) cite_peer(blame, broken, broken.peer->ending().reset_sent->stamp);
    }
    cite(blame, us.ending().reset_received->stamp);
    if (us.ending().closed) cite(blame, us.ending().closed->stamp);
}

/// What the RST answers was written before the peer's FIN came: the two crossed, and nobody ignored anything. (A FIN
/// that had come, and a RST for what was written afterwards, leave the same events but for the numbers.)
bool was_written_before_fin(const SentReset& sent, const Endpoint& us) {
    const auto& fin = us.ending().fin_received;
    return fin && static_cast<std::int32_t>(sent.segment_seq - fin->progress.write_seq) < 0;
}

/// The same where the RST's sender is not seen: all that was never acknowledged had been written before the FIN came.
bool all_was_written_before_fin(const Endpoint& us) {
    const auto& fin = us.ending().fin_received;
    return fin && us.ending().reset_received->progress.write_seq == fin->progress.write_seq;
}

/// With shutdown(SHUT_WR) before, and having read on since: who writes to it breaks no rule.
bool had_half_closed(const Endpoint& peer) {
    const Ending& ending = peer.ending();
    return ending.last_close && ending.fin_sent && ending.fin_sent->actor &&
           ending.fin_sent->actor->syscall == Syscall::kShutdown;
}

Blame blame_crossed(const Case& broken, const std::string& first, Confidence confidence) {
    const Mark& fin = *broken.us->ending().fin_received;
    Blame blame;
    Reason crossed = reason_at(ReasonCode::kCrossed, confidence, fin.stamp);
    crossed.bytes = fin.progress.write_seq - fin.progress.snd_una;
    blame.summary =
        fmt::format("{}; {} B that were under way when its FIN came were answered with a RST", first, *crossed.bytes);
    blame.advice = "nobody ignored anything: the request and the FIN crossed; retry what may be retried, or let idle "
                   "connections end here before the other side ends them";
    blame.why.push_back(std::move(crossed));
    return blame;
}

/// `sent`: nullptr where the RST's sender was not seen.
Blame blame_close(const Case& broken, const SentReset* sent) {
    const Confidence seen = sent != nullptr ? Confidence::kObserved : Confidence::kInferred;
    const Endpoint& us = *broken.us;
    std::optional<PeerAct> act;
    bool is_inferred = false;
    if (broken.peer != nullptr) {
        const bool same_clock = broken.far == nullptr;
        act = same_clock ? finishing_act(*broken.peer, us.ending().reset_received->stamp.time_ns)
                         : finishing_act(*broken.peer);
        is_inferred = act_is_inferred(*broken.peer);
    }
    const std::string first =
        act ? fmt::format("{} {} first", who(act->process), did(*act)) : std::string("the peer closed first");
    const bool crossed = sent != nullptr ? was_written_before_fin(*sent, us) : all_was_written_before_fin(us);
    Blame blame;
    blame.rule = sent != nullptr ? Rule::kPeerClosed : Rule::kPeerClosedUnseen;
    if (crossed) {
        blame = blame_crossed(broken, first, seen);
        blame.rule = sent != nullptr ? Rule::kCrossed : Rule::kCrossedUnseen;
    } else if (sent != nullptr && broken.peer != nullptr && had_half_closed(*broken.peer)) {
        blame.rule = Rule::kHalfClosed;
        blame.summary = fmt::format(
            "{} {}, having shut down its sending side {:.3f} s before; what was written then "
            "was answered with a RST",
            act ? who(act->process) : "the peer", act ? did(*act) : "closed",
            seconds_between(broken.peer->ending().fin_sent->stamp, broken.peer->ending().last_close->stamp));
        blame.advice = "read()==0 was no end here, for the peer read on after it: let the protocol say when it will "
                       "take no more";
    } else {
        blame.summary = sent != nullptr ? fmt::format("{}; our next write was answered with a RST", first)
                                        : fmt::format("{}; we wrote, and a RST came that fits an answer to it", first);
    }
    blame.cause = Cause::kPeerClosed;
    blame.confidence = is_inferred ? Confidence::kInferred : seen;
    blame.peer_act = std::move(act);
    return blame;
}

/// How long before its abort the peer had closed its sending side, if it had.
std::string half_close_words(const Case& broken) {
    const Endpoint& us = *broken.us;
    if (!us.peer_has_closed()) return {};
    if (!us.ending().fin_received) return "; it had closed its sending side before tcpblame attached";
    return fmt::format("; it had closed its sending side {:.3f} s before",
                       seconds_between(us.ending().fin_received->stamp, us.ending().reset_received->stamp));
}

Blame blame_abort(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kPeerAborted;
    blame.peer_act = aborting_act(*broken.peer);
    // Its socket sent the RST: that was seen. Without the act one cannot say that it did so of its own accord.
    // By the clocks of two hosts, an act that began after the RST had come may be another's consequence.
    const auto& closed = broken.peer->ending().closed;
    const bool may_be_later =
        broken.far != nullptr && closed && closed->stamp.time_ns > broken.us->ending().reset_received->stamp.time_ns;
    blame.confidence = blame.peer_act && !may_be_later ? Confidence::kObserved : Confidence::kInferred;
    blame.rule = !blame.peer_act                               ? Rule::kPeerAbortedUnseen
                 : blame.peer_act->act == Act::kListenerClosed ? Rule::kListenerClosed
                                                               : Rule::kPeerAborted;
    if (blame.peer_act)
        blame.summary = fmt::format("{} {}: its host sent a RST{}", who(blame.peer_act->process), did(*blame.peer_act),
                                    half_close_words(broken));
    else
        blame.summary = fmt::format("the socket of {} on {} aborted the connection with a RST{}", peer_name(broken),
                                    host_of(*broken.peer), half_close_words(broken));
    return blame;
}

Reason full_queue(const SentReset& sent, Confidence confidence) {
    Reason made = reason_at(ReasonCode::kQueueFull, confidence, sent.stamp);
    made.queue = sent.queue;
    return made;
}

Blame blame_overflow(const Case& broken, const SentReset& sent, Confidence confidence) {
    Blame blame;
    blame.cause = Cause::kPeerAborted;
    blame.confidence = confidence;
    blame.rule = confidence == Confidence::kObserved ? Rule::kQueueOverflow : Rule::kQueueOverflowUnseen;
    blame.reset_origin = ResetOrigin::kPeer;
    blame.peer_act = PeerAct{};
    blame.peer_act->act = Act::kAcceptQueueOverflow;
    blame.peer_act->at_ns = static_cast<std::int64_t>(sent.stamp.time_ns);
    blame.summary = fmt::format("the accept queue of {} was full, and its host is set to answer that with a RST "
                                "(tcp_abort_on_overflow)",
                                peer_name(broken));
    // The kernel's own reason needs no queue, and that may have got room again before it was looked at.
    if (sent.queue && is_full(*sent.queue)) blame.why.push_back(full_queue(sent, confidence));
    return blame;
}

/// The other end lives on, in another network namespace than the one that answered.
std::optional<Reason> moved_address(const Case& broken, const SentReset& sent) {
    const Endpoint* peer = broken.peer;
    if (broken.stranger == nullptr || peer == nullptr || broken.far != nullptr || peer->ending().closed)
        return std::nullopt;
    if (peer->netns == 0 || broken.stranger->netns == 0 || peer->netns == broken.stranger->netns) return std::nullopt;
    return reason_at(ReasonCode::kAddressMoved, Confidence::kObserved, sent.stamp);
}

/// The other end's socket ended by a timer, an error of the network or a RST while its process held it: no close.
bool was_given_up(const Endpoint& peer) {
    const Ending& ending = peer.ending();
    return ending.closed && ending.closed->error != 0 && !ending.closed->dead && !ending.last_close;
}

/// A process that has set TCP_REPAIR closes so.
bool was_closed_in_silence(const Endpoint& peer) {
    const Ending& ending = peer.ending();
    return ending.closed && ending.closed->error == 0 && ending.closed->actor && !ending.fin_sent && !sent_abort(peer);
}

std::string why_it_is_unknown(const Case& broken) {
    const Endpoint* peer = broken.peer;
    if (peer != nullptr && broken.far == nullptr && was_given_up(*peer))
        return fmt::format("; the peer's end had ended with {}", errno_name(peer->ending().closed->error));
    if (peer != nullptr && was_closed_in_silence(*peer))
        return "; the peer's end was closed without a FIN or a RST, as TCP_REPAIR does it";
    const bool was_closed = broken.us->peer_has_closed() || (peer != nullptr && peer->ending().fin_sent);
    return was_closed ? "" : ", and no close of the peer was seen";
}

Blame blame_unknown_connection(const Case& broken, const SentReset& sent) {
    Blame blame;
    blame.rule = Rule::kUnknownConnection;
    blame.cause = Cause::kUnknownConnection;
    blame.confidence = Confidence::kObserved;
    blame.reset_origin = ResetOrigin::kPeer;
    blame.summary = fmt::format("the host that answers as {} sent a RST: it does not know this connection (any more){}",
                                peer_name(broken), why_it_is_unknown(broken));
    if (auto moved = moved_address(broken, sent)) {
        blame.rule = Rule::kAddressMoved;
        blame.why.push_back(std::move(*moved));
    } else if (sent.queue && sent.queue->dropped > 0 && handshake_alone_was_answered(*broken.us)) {
        blame.rule = Rule::kQueueDropped;
        blame.why.push_back(full_queue(sent, Confidence::kInferred));
    }
    if (broken.far != nullptr && broken.peer->ending().reset_received) blame.summary += "; a RST had ended it there";
    return blame;
}

Blame blame_between(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kPeerAborted;
    blame.rule = Rule::kBetween;
    blame.confidence = would_have_seen_it(broken) ? Confidence::kObserved : Confidence::kInferred;
    blame.reset_origin = ResetOrigin::kBetween;
    const Ending& theirs = broken.peer->ending();
    const bool came_to_both = broken.far == nullptr && theirs.reset_received;
    blame.summary =
        came_to_both ? fmt::format("both ends received a RST, this one and {} on {}, and neither sent one: something "
                                   "between the two sent both",
                                   peer_name(broken), host_of(*broken.peer))
                     : fmt::format("a RST came in the name of {}, whose socket on {} sent none: something between "
                                   "the two did",
                                   peer_name(broken), host_of(*broken.peer));
    blame.advice = "neither program did it: look at what lies between the two (firewalls, NAT, balancers, intrusion "
                   "filters), and reconnect";
    if (came_to_both) cite_peer(blame, broken, theirs.reset_received->stamp);
    return blame;
}

/// What drew the RST, or who sent it, was not seen: another host, or something between.
Blame blame_unseen(const Case& broken) {
    const Endpoint& us = *broken.us;
    if (reset_that_came(broken) == nullptr && peer_sent_none(broken)) return blame_between(broken);
    if (us.peer_has_closed() && unacknowledged(us, us.ending().reset_received->progress) > 0)
        return blame_close(broken, nullptr);
    Blame blame;
    blame.cause = Cause::kPeerAborted;
    blame.rule = Rule::kUnseenReset;
    blame.confidence = Confidence::kInferred;
    blame.summary = fmt::format("a RST from {} ended the connection; who sent it cannot be seen from here{}",
                                peer_name(broken), half_close_words(broken));
    return blame;
}

/// What we had sent met the socket in the middle of its process's close, before the RST of that was sent.
bool came_amid_an_abort(const Case& broken) {
    return broken.far == nullptr && aborts_by_close(*broken.peer) &&
           broken.peer->ending().closed->stamp.time_ns <= broken.us->ending().reset_received->stamp.time_ns;
}

/// The socket there was closed for reading and writing, or its process let go of it.
bool peer_has_let_go(const Endpoint& peer) {
    return peer.ending().fin_sent && (peer.ending().closed || peer.ending().last_close || peer.finished());
}

/// `sent` is by the other end's socket, or by its host in the name of one that is gone.
Blame blame_sent(const SentReset& sent, const Case& broken) {
    if (aborted_from_outside(*broken.peer)) return blame_admin(broken, *broken.peer);
    if (sent.kind == ResetKind::kActive) return blame_abort(broken);
    if (const auto confidence = overflow(sent, broken)) return blame_overflow(broken, sent, *confidence);
    if (came_amid_an_abort(broken)) {
        Blame blame = blame_abort(broken);
        blame.rule = Rule::kAmidAbort;
        return blame;
    }
    if (!answers_us(sent, broken)) return blame_unseen(broken);
    const bool no_socket_answered = sent.sender_state == TcpState::kNone || sent.sender_state == TcpState::kListen;
    const bool peer_closed = broken.us->peer_has_closed() || broken.peer->ending().fin_sent;
    if (!peer_closed || (no_socket_answered && was_given_up(*broken.peer)))
        return blame_unknown_connection(broken, sent);
    // A bare acknowledgement, or a FIN of ours, was answered: no write.
    return sent.segment_len > 0 ? blame_close(broken, &sent) : blame_unseen(broken);
}

/// `sent` answers in the name of a peer that is another socket, or none that is known.
Blame blame_stranger(const SentReset& sent, const Case& broken) {
    if (const auto confidence = overflow(sent, broken)) return blame_overflow(broken, sent, *confidence);
    if (!answers_us(sent, broken)) return blame_unseen(broken);
    // The peer's own host answers for a socket that is gone; of one that is still there it would not.
    if (broken.peer != nullptr && peer_has_let_go(*broken.peer) && !was_given_up(*broken.peer) && sent.segment_len > 0)
        return blame_close(broken, &sent);
    return blame_unknown_connection(broken, sent);
}

/// A close that aborts changes the state first and sends its RST then (tcp_close() in net/ipv4/tcp.c): one that began
/// after a RST had come to us is not where that came from. A RST that was sent before the change did not wait for it:
/// mptcp_close() resets its subflows so (net/mptcp/protocol.c).
bool began_later(const SentReset& sent, const Endpoint& sender, const Endpoint& us) {
    const auto& closed = sender.ending().closed;
    return sent.kind == ResetKind::kActive && sent.sender_state == TcpState::kClose && closed && closed->error == 0 &&
           closed->stamp.time_ns > us.ending().reset_received->stamp.time_ns;
}

/// The same of two hosts, as far as their clocks report.
bool surely_began_later(const SentReset& sent, const Case& broken) {
    const auto& closed = broken.peer->ending().closed;
    return broken.far->uncertainty_ns && sent.kind == ResetKind::kActive && sent.sender_state == TcpState::kClose &&
           closed && closed->error == 0 &&
           closed->stamp.time_ns > broken.us->ending().reset_received->stamp.time_ns + *broken.far->uncertainty_ns;
}

/// Of those that an end sent, the one that fits what came.
const SentReset* fitting_reset(const Endpoint& sender, const Endpoint& us) {
    const auto fits = [&](const SentReset& sent) { return fits_what_came(sent, us) && !began_later(sent, sender, us); };
    for (const SentReset& earlier : sender.ending().earlier_resets)
        if (fits(earlier)) return &earlier;
    const auto& newest = sender.ending().reset_sent;
    return newest && fits(*newest) ? &*newest : nullptr;
}

} // namespace

const SentReset* reset_of_peer(const Case& broken) {
    if (broken.peer == nullptr || !broken.peer->ending().reset_sent) return nullptr;
    if (broken.far == nullptr) return fitting_reset(*broken.peer, *broken.us);
    for (const SentReset& earlier : broken.peer->ending().earlier_resets)
        if (may_have_come(earlier, broken)) return &earlier;
    const SentReset& sent = *broken.peer->ending().reset_sent;
    return may_have_come(sent, broken) && !surely_began_later(sent, broken) ? &sent : nullptr;
}

const SentReset* reset_that_came(const Case& broken) {
    if (broken.us == nullptr || !broken.us->ending().reset_received) return nullptr;
    if (const SentReset* sent = reset_of_peer(broken)) return sent;
    return broken.stranger != nullptr ? fitting_reset(*broken.stranger, *broken.us) : nullptr;
}

Blame blame_reset(const Case& broken) {
    Blame blame;
    if (const SentReset* sent = reset_of_peer(broken)) {
        blame = blame_sent(*sent, broken);
    } else if (const SentReset* other = reset_that_came(broken)) {
        blame = blame_stranger(*other, broken);
        cite(blame, other->stamp);
    } else {
        blame = blame_unseen(broken);
    }
    cite_reset(blame, broken);
    cite_write(blame, broken);
    return blame;
}

} // namespace tcpblame::reconstruct
