#include "reconstruct/endpoint.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tcpblame::reconstruct {
namespace {

/// bytes_acked counts the SYN of the end that opened, and rcv_nxt the peer's: off by one at most.
constexpr std::int32_t kStartTolerance = 2;

/// Sequence numbers wrap; half of them are too far from each other to be compared.
bool within(std::uint32_t one, std::uint32_t other, std::int32_t distance) {
    const auto between = static_cast<std::int32_t>(one - other);
    return -distance <= between && between <= distance;
}

/// A RST is taken where its number is the one that is expected next (RFC 5961, 3.2), or the end of what came out of
/// order: data before it may have been lost.
constexpr std::int32_t kResetNearby = 1 << 22;

/// A RST and its reception are two events of one moment, in either order: an active RST on loopback is received before
/// its sending is traced, and a task may be preempted between the two.
constexpr std::uint64_t kTracedAfterNs = 100'000'000;

/// An end that is known by its RST alone: does the RST's own number fit what the other end expected?
bool fits_reset(const Endpoint& unknown, const Endpoint& known) {
    if (unknown.has_progress || !known.has_progress || !sent_abort(unknown)) return true;
    constexpr std::int32_t kNearby = 1 << 22; // data may have been under way
    return within(unknown.ending().reset_sent->own_nxt, known.progress.rcv_nxt, kNearby);
}

bool close_to(std::uint32_t one, std::uint32_t other) { return within(one, other, kStartTolerance); }

} // namespace

void Endpoint::add(const Transition& transition) {
    if (early_count_ < kEarly) {
        early_ns_[early_count_] = transition.time_ns;
        early_to_[early_count_++] = transition.to;
        return;
    }
    auto& late = ending_to_change().late_transitions;
    if (late.size() < Ending::kLateTransitions) late.push_back(transition);
}

Transition Endpoint::transition(std::size_t at) const {
    return at < early_count_ ? Transition{early_ns_[at], early_to_[at]} : ending().late_transitions[at - early_count_];
}

void Endpoint::evict_transitions() {
    early_count_ = 0;
    if (ending_) ending_->late_transitions.clear();
}

const Ending Endpoint::kNoEnding;

Ending& Endpoint::ending_to_change() {
    if (!ending_) ending_.emplace();
    return *ending_;
}

const std::string& Endpoint::host() const {
    static const std::string here;
    return ending().host ? *ending().host : here;
}

/// That the socket was destroyed, and that it had finished before, stays true.
void Endpoint::begin_anew() {
    found_in = model::TcpState::kNone;
    has_progress = false;
    isn_outdated = isn_indexed;
    progress = {};
    early_count_ = 0;
    teardown_scheduled = false;
    teardown_reported = false;
    if (!ending_) return;
    const auto destroyed = ending_->destroyed;
    const std::uint64_t finished_ns = ending_->finished_ns;
    *ending_ = {};
    ending_->destroyed = destroyed;
    ending_->finished_ns = finished_ns;
}

bool Endpoint::peer_has_closed() const {
    const Ending& past = ending();
    const auto proves_fin = [](model::TcpState state) {
        return state == model::TcpState::kCloseWait || state == model::TcpState::kLastAck ||
               state == model::TcpState::kClosing;
    };
    return past.fin_received.has_value() || proves_fin(found_in) ||
           (past.reset_received && proves_fin(past.reset_received->state)) ||
           (past.closed && (proves_fin(past.closed->state) || past.closed->fin_received == true));
}

/// Our FIN is among what was written. By the event that says it is about to be sent it is not yet: tcp_close_state()
/// comes before tcp_send_fin() (net/ipv4/tcp.c, __tcp_close()).
static bool counts_fin(const Endpoint& endpoint, const model::Progress& progress) {
    const auto& finishing = endpoint.ending().fin_sent;
    return finishing && progress.write_seq != finishing->progress.write_seq;
}

std::uint64_t unacknowledged(const Endpoint& endpoint, const model::Progress& progress) {
    const std::uint32_t outstanding = progress.write_seq - progress.snd_una; // wraps as TCP does
    const bool syn_or_fin =
        counts_fin(endpoint, progress) ||
        (endpoint.ending().reset_received && endpoint.ending().reset_received->state == model::TcpState::kSynSent);
    return outstanding > 0 && syn_or_fin ? outstanding - 1 : outstanding;
}

std::uint64_t unread(const Endpoint& endpoint, const model::Progress& progress) {
    const std::uint32_t waiting = progress.rcv_nxt - progress.copied_seq;
    return waiting > 0 && endpoint.peer_has_closed() ? waiting - 1 : waiting;
}

std::string id_of(std::uint64_t cookie) {
    constexpr int kHexadecimal = 16;
    std::array<char, 2 * sizeof(cookie)> digits{};
    if (cookie == 0) return {};
    return {digits.data(), std::to_chars(digits.begin(), digits.end(), cookie, kHexadecimal).ptr};
}

model::ConnectionFacts facts_of(const Endpoint& endpoint) {
    return {id_of(endpoint.cookie), endpoint.tuple, endpoint.netns, endpoint.opened_by};
}

std::optional<std::uint64_t> payload_sent(const Endpoint& endpoint, const model::Progress& progress) {
    if (endpoint.opened_by == model::OpenedBy::kUnknown) return std::nullopt;
    const std::uint64_t syn = endpoint.opened_by == model::OpenedBy::kUs ? 1 : 0;
    const std::uint64_t fin = counts_fin(endpoint, progress) && progress.snd_una == progress.write_seq ? 1 : 0;
    const std::uint64_t acknowledged = progress.bytes_acked;
    return acknowledged - std::min(acknowledged, syn + fin) + unacknowledged(endpoint, progress);
}

std::uint64_t payload_received(const Endpoint& endpoint, const model::Progress& progress) {
    const std::uint64_t fin = endpoint.peer_has_closed() ? 1 : 0;
    return progress.bytes_received - std::min(progress.bytes_received, fin);
}

bool sent_abort(const Endpoint& endpoint) {
    return endpoint.ending().reset_sent && endpoint.ending().reset_sent->kind == model::ResetKind::kActive;
}

bool fits_what_came(const SentReset& sent, const Endpoint& us) {
    const Mark& came = *us.ending().reset_received;
    if (sent.stamp.time_ns > came.stamp.time_ns + kTracedAfterNs) return false;
    if (!us.has_progress) return true;
    if (sent.kind == model::ResetKind::kActive)
        return sent.own_nxt == 0 || within(sent.own_nxt, came.progress.rcv_nxt, kResetNearby);
    if (sent.segment_is_syn) return came.state == model::TcpState::kSynSent;
    // From the probe of a silent peer, one byte before what is acknowledged, to a bare acknowledgement.
    const std::uint32_t first = came.progress.snd_una - 1;
    return sent.segment_seq - first <= came.progress.snd_nxt - first;
}

bool aborts_by_close(const Endpoint& endpoint) {
    const Ending& ending = endpoint.ending();
    if (ending.fin_sent || !ending.closed || !ending.closed->actor || ending.closed->error != 0) return false;
    return ending.closed->linger_zero || unread(endpoint, ending.closed->progress) > 0;
}

bool no_socket_answered(const SentReset& sent) {
    return sent.sender_state == model::TcpState::kNone || sent.sender_state == model::TcpState::kListen;
}

static std::uint32_t first_sent(const model::Progress& progress) {
    return progress.snd_una - static_cast<std::uint32_t>(progress.bytes_acked);
}

static std::uint32_t first_received(const model::Progress& progress) {
    return progress.rcv_nxt - static_cast<std::uint32_t>(progress.bytes_received);
}

std::uint32_t first_sent(const Endpoint& endpoint) { return first_sent(endpoint.progress); }
std::uint32_t first_received(const Endpoint& endpoint) { return first_received(endpoint.progress); }

std::optional<model::Isns> isns_of_other_end(const model::Progress& progress) {
    if (progress.rcv_nxt == 0) return std::nullopt;
    return model::Isns{.sent = first_received(progress), .received = first_sent(progress)};
}

bool same_numbers(const Endpoint& one, const Endpoint& other) {
    return close_to(first_sent(one), first_received(other)) && close_to(first_received(one), first_sent(other));
}

bool may_have_opened(const Endpoint& one, const Endpoint& other) {
    return one.opened_by == model::OpenedBy::kUnknown || one.opened_by != other.opened_by;
}

bool same_connection(const Endpoint& one, const Endpoint& other) {
    if (one.tuple != other.tuple.swapped()) return false;
    if (!one.has_progress || !other.has_progress) return fits_reset(one, other) && fits_reset(other, one);
    return same_numbers(one, other);
}

bool are_translated(const Endpoint& one, const Endpoint& other) {
    const auto is_known = [](const Endpoint& end) { return end.has_progress && end.tuple.remote.port != 0; };
    return is_known(one) && is_known(other) && one.tuple != other.tuple.swapped();
}

} // namespace tcpblame::reconstruct
