#include "reconstruct/reset_match.hpp"

#include <algorithm>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

/// Of two hosts: how far apart one moment may be reported by both, besides what their clocks are apart.
constexpr std::uint64_t kSameRstNs = 100'000'000;

/// On its way from another host, generously.
constexpr std::uint64_t kLongestWayNs = 1'000'000'000;

/// Of two hosts: not sent after it came, as far as their clocks show. Of answers the last is known, which may be a
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

/// Data that comes to a socket that is shut for reading makes the kernel call tcp_reset() itself
/// (tcp_rcv_state_process() in net/ipv4/tcp_input.c): such a reception may be of no RST at all.
bool may_be_no_reset(const Endpoint& endpoint) {
    constexpr std::uint8_t kReceiving = 1; // RCV_SHUTDOWN (include/net/sock.h)
    const auto& came = endpoint.ending().reset_received;
    return came && (came->shutdown & kReceiving) != 0 &&
           (came->state == TcpState::kFinWait1 || came->state == TcpState::kFinWait2);
}

/// A close that aborts changes the state first and sends its RST then (tcp_close() in net/ipv4/tcp.c): one that began
/// after a RST had come to us is not where that came from. A RST that was sent before the change did not wait for it:
/// mptcp_close() resets its subflows so (net/mptcp/protocol.c).
bool began_later(const SentReset& sent, const Endpoint& sender, const Endpoint& us) {
    const auto& closed = sender.ending().closed;
    return sent.kind == ResetKind::kActive && sent.sender_state == TcpState::kClose && closed && closed->error == 0 &&
           closed->stamp.time_ns > us.ending().reset_received->stamp.time_ns;
}

/// The same of two hosts, as far as their clocks show.
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

bool peer_sent_none(const Case& broken) {
    if (broken.peer == nullptr) return false;
    return broken.far == nullptr ? local_peer_sent_none(broken) : far_peer_sent_none(broken);
}

bool would_have_seen_it(const Case& broken) {
    return broken.far == nullptr && !may_be_no_reset(*broken.us) && !may_be_no_reset(*broken.peer) &&
           broken.sees_every_reset && !broken.peer->ending().reset_sent && broken.us->opened_ns != 0 &&
           broken.us->found_in == TcpState::kNone && broken.peer->found_in == TcpState::kNone;
}

bool answers_us(const SentReset& sent, const Case& broken) {
    return sent.kind == ResetKind::kPassive && !sent.segment_is_syn && fits_what_came(sent, *broken.us);
}

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

} // namespace tcpblame::reconstruct
