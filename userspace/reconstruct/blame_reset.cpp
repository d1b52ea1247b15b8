// A RST ended the connection: whose, and in answer to what.
#include "reconstruct/accept_overflow.hpp"
#include "reconstruct/blame.hpp"
#include "reconstruct/peer_act.hpp"
#include "reconstruct/processes.hpp"
#include "reconstruct/reset_match.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

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

/// `sent`: nullptr where the RST's sender was not seen.
Blame blame_crossed(const Case& broken, const SentReset* sent, Confidence confidence) {
    const Mark& fin = *broken.us->ending().fin_received;
    Blame blame;
    blame.rule = sent != nullptr ? Rule::kCrossed : Rule::kCrossedUnseen;
    Reason crossed = reason_at(ReasonCode::kCrossed, confidence, fin.stamp);
    crossed.bytes = fin.progress.write_seq - fin.progress.snd_una;
    blame.why.push_back(std::move(crossed));
    return blame;
}

std::uint64_t ns_from_to(const Stamp& from, const Stamp& to) { return to.time_ns - std::min(from.time_ns, to.time_ns); }

/// `sent`: as above.
Blame blame_close(const Case& broken, const SentReset* sent) {
    const Confidence seen = sent != nullptr ? Confidence::kObserved : Confidence::kInferred;
    const Endpoint& us = *broken.us;
    Blame blame;
    blame.rule = sent != nullptr ? Rule::kPeerClosed : Rule::kPeerClosedUnseen;
    if (sent != nullptr ? was_written_before_fin(*sent, us) : all_was_written_before_fin(us)) {
        blame = blame_crossed(broken, sent, seen);
    } else if (sent != nullptr && broken.peer != nullptr && had_half_closed(*broken.peer)) {
        const Ending& theirs = broken.peer->ending();
        blame.rule = Rule::kHalfClosed;
        blame.circumstances.half_closed_ns = ns_from_to(theirs.fin_sent->stamp, theirs.last_close->stamp);
    }
    blame.cause = Cause::kPeerClosed;
    blame.confidence = seen;
    if (broken.peer == nullptr) return blame;
    const bool same_clock = broken.far == nullptr;
    blame.peer_act = same_clock ? finishing_act(*broken.peer, us.ending().reset_received->stamp.time_ns)
                                : finishing_act(*broken.peer);
    if (act_is_inferred(*broken.peer)) blame.confidence = Confidence::kInferred;
    return blame;
}

/// How long before its abort the peer had closed its sending side, if it had.
void add_half_close(Blame& blame, const Endpoint& us) {
    if (!us.peer_has_closed()) return;
    const auto& fin = us.ending().fin_received;
    if (fin)
        blame.circumstances.half_closed_ns = ns_from_to(fin->stamp, us.ending().reset_received->stamp);
    else
        blame.circumstances.half_closed_before_attach = true;
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
    add_half_close(blame, *broken.us);
    return blame;
}

Reason full_queue(const SentReset& sent, const Case& broken, Confidence confidence) {
    Reason made = reason_at(ReasonCode::kQueueFull, confidence, sent.stamp);
    made.queue = sent.queue;
    if (broken.listener != nullptr && broken.far == nullptr) made.process = process_of(*broken.listener);
    return made;
}

Blame blame_overflow(const SentReset& sent, const Case& broken, Confidence confidence) {
    Blame blame;
    blame.cause = Cause::kPeerAborted;
    blame.confidence = confidence;
    blame.rule = confidence == Confidence::kObserved ? Rule::kQueueOverflow : Rule::kQueueOverflowUnseen;
    blame.reset_origin = ResetOrigin::kPeer;
    blame.peer_act = PeerAct{};
    blame.peer_act->act = Act::kAcceptQueueOverflow;
    blame.peer_act->at_ns = static_cast<std::int64_t>(sent.stamp.time_ns);
    // The kernel's own reason needs no queue, and that may have got room again before it was looked at.
    if (sent.queue && is_full(*sent.queue)) blame.why.push_back(full_queue(sent, broken, confidence));
    return blame;
}

/// The other end lives on, in another network namespace than the one that answered.
std::optional<Reason> moved_address(const Case& broken, const SentReset& sent) {
    const Endpoint* peer = broken.peer;
    if (broken.stranger == nullptr || peer == nullptr || broken.far != nullptr || peer->ending().closed)
        return std::nullopt;
    if (peer->netns == 0 || broken.stranger->netns == 0 || peer->netns == broken.stranger->netns) return std::nullopt;
    if (are_translated(*broken.us, *peer) && broken.stranger->tuple != peer->tuple) return std::nullopt;
    return reason_at(ReasonCode::kAddressMoved, Confidence::kObserved, sent.stamp);
}

/// When the RST came, nobody had closed it, by what was seen.
bool lived_on(const Endpoint& peer, const Endpoint& us) {
    const auto later = [&us](const auto& mark) {
        return !mark || mark->stamp.time_ns > us.ending().reset_received->stamp.time_ns;
    };
    return later(peer.ending().closed) && later(peer.ending().fin_sent);
}

/// The other end lives on by another four-tuple, behind a translation that what we sent did not go through. Where it
/// came to the other end's own network so, no other host can have the address.
std::optional<Reason> lost_state(const Case& broken, const SentReset& sent) {
    const Endpoint* peer = broken.peer;
    if (broken.stranger == nullptr || peer == nullptr || broken.far != nullptr || !lived_on(*peer, *broken.us))
        return std::nullopt;
    if (!are_translated(*broken.us, *peer) || broken.stranger->tuple != broken.us->tuple.swapped()) return std::nullopt;
    const bool at_peer = peer->netns != 0 && peer->netns == broken.stranger->netns;
    Reason lost =
        reason_at(ReasonCode::kStateLost, at_peer ? Confidence::kObserved : Confidence::kInferred, sent.stamp);
    constexpr std::uint64_t kNsPerMs = 1'000'000;
    if (const auto& idle = broken.us->ending().reset_received->idle; idle.ms && *idle.ms > 0)
        lost.lasted_ns = *idle.ms * kNsPerMs;
    return lost;
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

void add_other_end(Circumstances& found, const Case& broken) {
    const Endpoint* peer = broken.peer;
    if (peer != nullptr && broken.far == nullptr && was_given_up(*peer)) {
        found.other_end = OtherEnd::kGaveUp;
        found.other_end_error = peer->ending().closed->error;
    } else if (peer != nullptr && was_closed_in_silence(*peer)) {
        found.other_end = OtherEnd::kClosedSilently;
    } else {
        const bool closed = broken.us->peer_has_closed() || (peer != nullptr && peer->ending().fin_sent);
        found.other_end = closed ? OtherEnd::kClosed : OtherEnd::kNotSeenClosed;
    }
    found.other_end_reset = broken.far != nullptr && peer->ending().reset_received;
}

Blame blame_unknown_connection(const Case& broken, const SentReset& sent) {
    Blame blame;
    blame.rule = Rule::kUnknownConnection;
    blame.cause = Cause::kUnknownConnection;
    blame.confidence = Confidence::kObserved;
    blame.reset_origin = ResetOrigin::kPeer;
    add_other_end(blame.circumstances, broken);
    if (auto moved = moved_address(broken, sent)) {
        blame.rule = Rule::kAddressMoved;
        blame.why.push_back(std::move(*moved));
    } else if (auto lost = lost_state(broken, sent)) {
        blame.rule = Rule::kStateLost;
        blame.why.push_back(std::move(*lost));
    } else if (sent.queue && sent.queue->dropped > 0 && handshake_alone_was_answered(*broken.us)) {
        blame.rule = Rule::kQueueDropped;
        blame.why.push_back(full_queue(sent, broken, Confidence::kInferred));
    }
    return blame;
}

Blame blame_between(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kPeerAborted;
    blame.rule = Rule::kBetween;
    blame.confidence = would_have_seen_it(broken) ? Confidence::kObserved : Confidence::kInferred;
    blame.reset_origin = ResetOrigin::kBetween;
    const Ending& theirs = broken.peer->ending();
    blame.circumstances.both_reset = broken.far == nullptr && theirs.reset_received;
    if (blame.circumstances.both_reset) cite_peer(blame, broken, theirs.reset_received->stamp);
    if (broken.far != nullptr || blame.confidence != Confidence::kObserved) return blame;
    Reason rejected =
        reason_at(ReasonCode::kFirewall, Confidence::kInferred, broken.us->ending().reset_received->stamp);
    rejected.by_reset = true;
    blame.why.push_back(std::move(rejected));
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
    add_half_close(blame, us);
    return blame;
}

/// What we had sent met the socket in the middle of its process's close, before the RST of that was sent. A socket is
/// no longer found a moment before its CLOSE is traced (tcp_set_state() in net/ipv4/tcp.c), and its task may be
/// preempted between the two; but so answers a host for a socket that another device than its own was asked for.
std::optional<Confidence> came_amid_an_abort(const SentReset& sent, const Case& broken) {
    constexpr std::uint64_t kLongPreemptionNs = 1'000'000'000;
    if (broken.peer == nullptr || broken.far != nullptr || !aborts_by_close(*broken.peer)) return std::nullopt;
    const std::uint64_t closed_ns = broken.peer->ending().closed->stamp.time_ns;
    const std::uint64_t came_ns = broken.us->ending().reset_received->stamp.time_ns;
    if (closed_ns <= came_ns) return Confidence::kObserved;
    if (no_socket_answered(sent) && closed_ns <= came_ns + kLongPreemptionNs) return Confidence::kInferred;
    return std::nullopt;
}

Blame blame_amid_abort(const Case& broken, Confidence confidence) {
    Blame blame = blame_abort(broken);
    blame.rule = Rule::kAmidAbort;
    blame.confidence = confidence;
    return blame;
}

/// The socket there was closed for reading and writing, or its process had closed it.
bool peer_has_let_go(const Endpoint& peer) {
    return peer.ending().fin_sent && (peer.ending().closed || peer.ending().last_close || peer.finished());
}

/// `sent` is by the other end's socket, or by its host in the name of one that is gone.
Blame blame_sent(const SentReset& sent, const Case& broken) {
    if (aborted_from_outside(*broken.peer)) return blame_admin(broken, *broken.peer);
    if (sent.kind == ResetKind::kActive) return blame_abort(broken);
    if (const auto confidence = overflow(sent, broken)) return blame_overflow(sent, broken, *confidence);
    if (const auto confidence = came_amid_an_abort(sent, broken)) return blame_amid_abort(broken, *confidence);
    if (!answers_us(sent, broken)) return blame_unseen(broken);
    const bool peer_closed = broken.us->peer_has_closed() || broken.peer->ending().fin_sent;
    if (!peer_closed || (no_socket_answered(sent) && was_given_up(*broken.peer)))
        return blame_unknown_connection(broken, sent);
    // A bare acknowledgement, or a FIN of ours, was answered: no write.
    return sent.segment_len > 0 ? blame_close(broken, &sent) : blame_unseen(broken);
}

/// … and it had done so when the RST came: the peer's own host answers for a socket that is gone; of one that is still
/// there it would not. Nor does a host that is asked by another four-tuple, as where a translation is lost.
bool answers_for_the_gone(const Case& broken) {
    const Endpoint* peer = broken.peer;
    if (peer == nullptr || !peer_has_let_go(*peer) || was_given_up(*peer)) return false;
    if (broken.far != nullptr) return true;
    if (are_translated(*broken.us, *peer) && broken.stranger->tuple != peer->tuple) return false;
    return peer->ending().fin_sent->stamp.time_ns <= broken.us->ending().reset_received->stamp.time_ns;
}

/// The same where nothing had been heard of the peer's socket when its host answered. Another network namespace, or one
/// that was asked by another four-tuple than the peer's, says nothing of that socket.
std::optional<Confidence> amid_abort_unheard(const SentReset& sent, const Case& broken) {
    const Endpoint* peer = broken.peer;
    if (peer == nullptr || (are_translated(*broken.us, *peer) && broken.stranger->tuple != peer->tuple))
        return std::nullopt;
    const bool is_known = broken.stranger->netns != 0 && peer->netns != 0;
    if (is_known && broken.stranger->netns != peer->netns) return std::nullopt;
    const auto confidence = came_amid_an_abort(sent, broken);
    return confidence && !is_known ? Confidence::kInferred : confidence;
}

/// `sent` answers in the name of a peer that is another socket, or none that is known.
Blame blame_stranger(const SentReset& sent, const Case& broken) {
    if (const auto confidence = overflow(sent, broken)) return blame_overflow(sent, broken, *confidence);
    if (!answers_us(sent, broken)) return blame_unseen(broken);
    if (const auto confidence = amid_abort_unheard(sent, broken)) return blame_amid_abort(broken, *confidence);
    if (answers_for_the_gone(broken) && sent.segment_len > 0) return blame_close(broken, &sent);
    return blame_unknown_connection(broken, sent);
}

} // namespace

Blame blame_reset(const Case& broken) {
    const SentReset* sent = reset_of_peer(broken);
    const SentReset* other = sent == nullptr ? reset_that_came(broken) : nullptr;
    Blame blame = sent != nullptr    ? blame_sent(*sent, broken)
                  : other != nullptr ? blame_stranger(*other, broken)
                                     : blame_unseen(broken);
    if (other != nullptr) cite(blame, other->stamp);
    cite_reset(blame, broken);
    cite_write(blame, broken);
    return blame;
}

} // namespace tcpblame::reconstruct
