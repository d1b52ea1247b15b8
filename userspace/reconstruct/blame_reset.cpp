// A RST ended the connection: whose, and in answer to what.
#include "reconstruct/blame.hpp"
#include "reconstruct/peer_act.hpp"
#include "reconstruct/words.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

/// A RST and its reception are two events of one moment, in either order (an active RST on loopback is
/// received before its sending is traced).
constexpr std::uint64_t kSameRstNs = 100'000'000; // a task may be preempted between the two

std::uint64_t distance(const Stamp& one, const Stamp& other) {
    return std::max(one.time_ns, other.time_ns) - std::min(one.time_ns, other.time_ns);
}

/// On its way from another host, generously.
constexpr std::uint64_t kLongestWayNs = 1'000'000'000;

/// Of two hosts: not sent after it came, as far as their clocks tell. Of answers the last is known, which may be a
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
bool peer_sent_none(const Case& broken) {
    if (broken.peer == nullptr) return false;
    if (broken.far == nullptr) return !broken.peer->ending().closed;
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

/// The RST answers a segment of ours that carried data.
bool answers_our_data(const SentReset& sent, const Case& broken) {
    const Progress& at_reset = broken.us->ending().reset_received->progress;
    const std::uint32_t in_flight = at_reset.snd_nxt - at_reset.snd_una;
    return sent.kind == ResetKind::kPassive && sent.segment_len > 0 && !sent.segment_is_syn &&
           sent.segment_seq - at_reset.snd_una < in_flight;
}

/// A full accept queue: the listener answers the last segment of the handshake (tcp_abort_on_overflow).
bool is_overflow(const SentReset& sent) {
    return sent.kind == ResetKind::kPassive && sent.sender_state == TcpState::kListen && sent.segment_len == 0 &&
           !sent.segment_is_syn;
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

Blame blame_close(const Case& broken, Confidence confidence) {
    Blame blame;
    blame.cause = Cause::kPeerClosed;
    blame.confidence = confidence;
    if (broken.peer != nullptr) blame.peer_act = finishing_act(*broken.peer);
    const std::string first = blame.peer_act
                                  ? fmt::format("{} {} first", who(blame.peer_act->process), did(*blame.peer_act))
                                  : std::string("the peer closed first");
    blame.summary = confidence == Confidence::kObserved
                        ? fmt::format("{}; our next write was answered with a RST", first)
                        : fmt::format("{}; we wrote, and a RST came that fits an answer to it", first);
    return blame;
}

/// "this host", or the name of the peer's.
std::string host_of(const Endpoint& peer) { return peer.host().empty() ? "this host" : peer.host(); }

/// How long before its abort the peer had closed its sending side, if it had.
std::string half_close_words(const Case& broken) {
    const Endpoint& us = *broken.us;
    if (!us.peer_has_closed()) return {};
    if (!us.ending().fin_received) return "; it had closed its sending side before tcpblame attached";
    constexpr double kNsPerSecond = 1e9;
    const auto since =
        static_cast<double>(us.ending().reset_received->stamp.time_ns - us.ending().fin_received->stamp.time_ns);
    return fmt::format("; it had closed its sending side {:.3f} s before", since / kNsPerSecond);
}

Blame blame_abort(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kPeerAborted;
    blame.peer_act = aborting_act(*broken.peer);
    // Its socket sent the RST: that was seen. Without the act one cannot say that it did so of its own accord.
    blame.confidence = blame.peer_act ? Confidence::kObserved : Confidence::kInferred;
    if (blame.peer_act)
        blame.summary = fmt::format("{} {}: its host sent a RST{}", who(blame.peer_act->process), did(*blame.peer_act),
                                    half_close_words(broken));
    else
        blame.summary = fmt::format("the socket of {} on {} aborted the connection with a RST{}", peer_name(broken),
                                    host_of(*broken.peer), half_close_words(broken));
    return blame;
}

Blame blame_overflow(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kPeerAborted;
    blame.confidence = Confidence::kObserved;
    blame.peer_act = PeerAct{};
    blame.peer_act->act = Act::kAcceptQueueOverflow;
    blame.peer_act->at_ns = static_cast<std::int64_t>(broken.peer->ending().reset_sent->stamp.time_ns);
    blame.summary = fmt::format("the accept queue of {} was full, and its host is set to answer that with a RST "
                                "(tcp_abort_on_overflow)",
                                peer_name(broken));
    return blame;
}

Blame blame_unknown_connection(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kUnknownConnection;
    blame.confidence = Confidence::kObserved;
    blame.summary = fmt::format("the host of {} answered our data with a RST: it does not know this connection (any "
                                "more), and no close of the peer was seen",
                                peer_name(broken));
    if (broken.far != nullptr && broken.peer->ending().reset_received) blame.summary += "; a RST had ended it there";
    return blame;
}

/// The sender of the RST was not seen: another host, or something between.
Blame blame_unseen(const Case& broken) {
    const Endpoint& us = *broken.us;
    if (us.peer_has_closed() && unacknowledged(us, us.ending().reset_received->progress) > 0)
        return blame_close(broken, Confidence::kInferred);
    Blame blame;
    blame.cause = Cause::kPeerAborted;
    blame.confidence = Confidence::kInferred;
    blame.summary =
        peer_sent_none(broken)
            ? fmt::format("a RST came in the name of {}, whose socket on {} sent none: something between the two did",
                          peer_name(broken), host_of(*broken.peer))
            : fmt::format("a RST from {} ended the connection; who sent it cannot be seen from here{}",
                          peer_name(broken), half_close_words(broken));
    return blame;
}

/// What we had sent met the socket in the middle of its process's close, before the RST of that was sent.
bool came_amid_an_abort(const Case& broken) {
    return broken.far == nullptr && aborts_by_close(*broken.peer) &&
           broken.peer->ending().closed->stamp.time_ns <= broken.us->ending().reset_received->stamp.time_ns;
}

Blame blame_sent(const SentReset& sent, const Case& broken) {
    if (aborted_from_outside(*broken.peer)) return blame_admin(broken, *broken.peer);
    if (sent.kind == ResetKind::kActive) return blame_abort(broken);
    if (is_overflow(sent)) return blame_overflow(broken);
    if (came_amid_an_abort(broken)) return blame_abort(broken);
    if (!answers_our_data(sent, broken)) return blame_unseen(broken);
    const bool peer_closed = broken.us->peer_has_closed() || broken.peer->ending().fin_sent;
    return peer_closed ? blame_close(broken, Confidence::kObserved) : blame_unknown_connection(broken);
}

} // namespace

const SentReset* reset_of_peer(const Case& broken) {
    if (broken.peer == nullptr || !broken.peer->ending().reset_sent) return nullptr;
    const SentReset& sent = *broken.peer->ending().reset_sent;
    if (broken.far != nullptr) return may_have_come(sent, broken) ? &sent : nullptr;
    return distance(sent.stamp, broken.us->ending().reset_received->stamp) < kSameRstNs ? &sent : nullptr;
}

Blame blame_reset(const Case& broken) {
    const SentReset* sent = reset_of_peer(broken);
    Blame blame = sent != nullptr ? blame_sent(*sent, broken) : blame_unseen(broken);
    cite_reset(blame, broken);
    cite_write(blame, broken);
    return blame;
}

} // namespace tcpblame::reconstruct
