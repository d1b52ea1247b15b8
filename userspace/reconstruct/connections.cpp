#include "reconstruct/connections.hpp"

#include <algorithm>
#include <cstddef>

namespace tcpblame::reconstruct {
namespace {

/// May `sender` have sent this RST? One that answers a segment was drawn by a byte that the sender expected next or
/// had received already; one of its own accord carries its own next sequence number. A window's length around it
/// distinguishes an earlier connection.
bool may_have_sent(const Endpoint& sender, const model::ResetSent& reset) {
    if (!sender.has_progress) return true;
    constexpr std::int32_t kNearby = 1 << 22;
    const auto distance = reset.kind == model::ResetKind::kPassive
                              ? static_cast<std::int32_t>(reset.segment_seq - sender.progress.rcv_nxt)
                              : static_cast<std::int32_t>(reset.own_nxt - sender.progress.snd_nxt);
    return distance > -kNearby && distance < kNearby;
}

/// The same four numbers in two network namespaces are two connections. What is 0 is not known.
bool may_be_in(const Endpoint& endpoint, std::uint32_t netns) {
    return netns == 0 || endpoint.netns == 0 || endpoint.netns == netns;
}

/// Cookies count up: their low bits alone would do, but a recording may hold any.
std::uint64_t hash_of(std::uint64_t cookie) {
    constexpr std::uint64_t kGoldenRatio = 0x9e37'79b9'7f4a'7c15;
    const std::uint64_t spread = cookie * kGoldenRatio;
    return spread ^ (spread >> 32);
}

std::uint64_t hash_of_socket(std::uint64_t cookie, const model::Tuple& tuple) {
    return cookie != 0 ? hash_of(cookie) : model::TupleHash{}(tuple);
}

std::uint32_t short_hash(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }

std::uint64_t ended_ns(const Endpoint& endpoint) {
    const Ending& ending = endpoint.ending();
    return ending.destroyed ? ending.destroyed->time_ns : ending.closed ? ending.closed->stamp.time_ns : 0;
}

bool has_tuple(const model::Tuple& tuple) { return tuple.remote.port != 0; }

/// The ISNs of two ends may differ by two (same_numbers()), and since one was indexed it may have moved by as many.
constexpr std::uint32_t kIsnTolerance = 4;

/// Numbers that are that near each other have one, or neighbouring ones; they wrap as the numbers do.
std::uint32_t isn_bucket(std::uint32_t isn) {
    constexpr std::uint32_t kNumbers = 16;
    static_assert(2 * kIsnTolerance < kNumbers);
    return isn / kNumbers;
}

} // namespace

Endpoint& Connections::make(const model::SocketView& socket) {
    const std::uint32_t place = endpoints_.add();
    Endpoint& made = endpoints_[place];
    made.cookie = socket.cookie;
    made.tuple = socket.tuple;
    made.netns = socket.netns;
    made.place = place;
    made.was_evicted = socket.cookie != 0 && may_have_dropped(socket.cookie);
    by_socket_.put(place, short_hash(hash_of_socket(socket.cookie, socket.tuple)));
    index_tuple(made);
    account(made);
    return made;
}

void Connections::index_tuple(const Endpoint& endpoint) {
    if (has_tuple(endpoint.tuple)) by_tuple_.put(endpoint.place, short_hash(model::TupleHash{}(endpoint.tuple)));
}

/// A socket may connect again after a disconnect, to somewhere else.
void Connections::change_tuple(Endpoint& endpoint, const model::Tuple& tuple) {
    unindex_tuple(endpoint);
    endpoint.tuple = tuple;
    index_tuple(endpoint);
}

Endpoint* Connections::find_socket(std::uint64_t cookie, const model::Tuple& tuple, std::uint32_t netns) const {
    std::uint32_t place = by_socket_.first(short_hash(hash_of_socket(cookie, tuple)));
    for (; place != HashIndex::kEnd; place = by_socket_.next(place)) {
        Endpoint& endpoint = endpoints_[place];
        if (endpoint.cookie != cookie) continue;
        if (cookie != 0 || (endpoint.tuple == tuple && may_be_in(endpoint, netns))) return &endpoint;
    }
    return nullptr;
}

template <typename Fits>
Endpoint* Connections::newest(const model::Tuple& tuple, const Fits& fits) const {
    if (!has_tuple(tuple)) return nullptr;
    std::size_t same_ends = 0;
    std::uint32_t place = by_tuple_.first(short_hash(model::TupleHash{}(tuple)));
    for (; place != HashIndex::kEnd && same_ends < kSameTuple; place = by_tuple_.next(place)) {
        Endpoint& endpoint = endpoints_[place];
        if (endpoint.tuple != tuple) continue;
        ++same_ends;
        if (fits(endpoint)) return &endpoint;
    }
    return nullptr;
}

Endpoint& Connections::at(const model::SocketView& socket) {
    Endpoint* known = find_socket(socket.cookie, socket.tuple, socket.netns);
    if (known == nullptr) return make(socket);
    if (has_tuple(socket.tuple) && socket.tuple != known->tuple) change_tuple(*known, socket.tuple);
    return *known;
}

Endpoint& Connections::sender_of(const model::ResetSent& reset) {
    if (reset.socket.cookie != 0) return at(reset.socket);
    Endpoint* sender = newest(reset.socket.tuple, [&](const Endpoint& one) {
        return may_be_in(one, reset.socket.netns) && may_have_sent(one, reset);
    });
    return sender != nullptr ? *sender : at(reset.socket);
}

const Endpoint* Connections::find(std::uint64_t cookie) const {
    return cookie != 0 ? find_socket(cookie, {}, 0) : nullptr;
}

Endpoint* Connections::find(std::uint64_t cookie) { return cookie != 0 ? find_socket(cookie, {}, 0) : nullptr; }

const Endpoint* Connections::stranger_who_answered(const Endpoint& us, const Endpoint* peer) const {
    if (!us.ending().reset_received) return nullptr;
    const auto answered = [&](const Endpoint& one) {
        return &one != peer && &one != &us && one.cookie == 0 && one.ending().reset_sent &&
               fits_what_came(*one.ending().reset_sent, us);
    };
    const Endpoint* stranger = newest(us.tuple.swapped(), answered);
    return stranger == nullptr && peer != nullptr && are_translated(us, *peer) ? newest(peer->tuple, answered)
                                                                               : stranger;
}

Endpoint* Connections::subflow_of(const Endpoint& mptcp) const {
    return newest(mptcp.tuple, [&](const Endpoint& one) {
        return &one != &mptcp && !one.mptcp && one.cookie != 0 && may_be_in(one, mptcp.netns);
    });
}

Endpoint* Connections::peer_of(const Endpoint& endpoint) const {
    Endpoint* fallback = nullptr; // one of which too little is known to be sure
    Endpoint* peer = newest(endpoint.tuple.swapped(), [&](Endpoint& candidate) {
        if (&candidate == &endpoint || !same_connection(endpoint, candidate)) return false;
        if (!candidate.has_progress && fallback == nullptr) fallback = &candidate;
        return candidate.has_progress;
    });
    if (peer == nullptr) peer = translated_peer_of(endpoint);
    return peer != nullptr ? peer : fallback;
}

Endpoint* Connections::translated_peer_of(const Endpoint& endpoint) const {
    if (!endpoint.has_progress || endpoint.mptcp) return nullptr;
    const std::uint32_t isn = first_sent(endpoint);
    const std::uint32_t first = isn_bucket(isn - kIsnTolerance);
    const std::uint32_t last = isn_bucket(isn + kIsnTolerance);
    Endpoint* found = nullptr;
    std::size_t looked_at = 0;
    const auto look_into = [&](std::uint32_t bucket) {
        for (std::uint32_t place = by_isn_.first(bucket); place != HashIndex::kEnd; place = by_isn_.next(place)) {
            Endpoint& there = endpoints_[place];
            const bool fits = &there != &endpoint && same_numbers(endpoint, there) && may_have_opened(endpoint, there);
            if (++looked_at > kSameTuple || (fits && found != nullptr)) return false;
            if (fits) found = &there;
        }
        return true;
    };
    return look_into(first) && (first == last || look_into(last)) ? found : nullptr;
}

void Connections::finished(Endpoint& endpoint, std::uint64_t now_ns) {
    remember(endpoint, now_ns);
    evict_old(now_ns);
}

void Connections::remember(Endpoint& endpoint, std::uint64_t now_ns) {
    endpoint.has_finished = true;
    endpoint.ending_to_change().finished_ns = now_ns;
    account(endpoint);
    finished_.push_back({now_ns, endpoint.place});
}

void Connections::fetch_soon(std::uint64_t cookie) const {
    if (cookie != 0) by_socket_.fetch_head(short_hash(hash_of(cookie)));
}

void Connections::fetch_now(std::uint64_t cookie) const {
    if (cookie == 0) return;
    if (const std::uint32_t place = by_socket_.fetch_first(short_hash(hash_of(cookie))); place != HashIndex::kEnd)
        endpoints_.fetch(place);
}

/// Nobody has looked at them for seconds.
void Connections::fetch_those_to_evict() const {
    constexpr std::size_t kSoon = 9;
    constexpr std::size_t kSooner = 6;
    constexpr std::size_t kNow = 3;
    if (finished_.size() <= kSoon) return;
    const std::uint32_t soon = finished_[kSoon].place;
    endpoints_.fetch(soon);
    by_socket_.fetch_link(soon);
    by_tuple_.fetch_link(soon);
    const std::uint32_t sooner = finished_[kSooner].place;
    endpoints_[sooner].fetch_ending();
    by_socket_.fetch_head_of(sooner);
    by_tuple_.fetch_head_of(sooner);
    const std::uint32_t now = finished_[kNow].place;
    by_socket_.fetch_first_of(now);
    by_tuple_.fetch_first_of(now);
}

void Connections::evict_old(std::uint64_t now_ns) {
    const std::uint64_t long_ago = now_ns > kRememberNs ? now_ns - kRememberNs : 0;
    for (; !finished_.empty() && finished_.front().at_ns < long_ago; finished_.pop_front()) {
        fetch_those_to_evict();
        Endpoint* endpoint = still_finished(finished_.front());
        if (endpoint == nullptr) continue;
        const Endpoint* peer = peer_of(*endpoint);
        // The verdict on the other end's last write may still wait.
        if (peer != nullptr && (!peer->has_finished || ended_ns(*peer) >= long_ago)) {
            remember(*endpoint, now_ns);
            continue;
        }
        // Where the reader was away for long it has not come to report it.
        if (expiring_ && endpoint->teardown_scheduled && !endpoint->teardown_reported) expiring_(*endpoint);
        evict(*endpoint);
    }
}

/// It may have finished once more since, and is asked for that long after the last time.
Endpoint* Connections::still_finished(const Finished& finished) const {
    Endpoint& endpoint = endpoints_[finished.place];
    return endpoint.has_finished && endpoint.ending().finished_ns == finished.at_ns ? &endpoint : nullptr;
}

void Connections::evict(Endpoint& endpoint) {
    if (ended_) ended_(endpoint);
    bytes_ -= endpoint.weight;
    unindex_tuple(endpoint);
    if (endpoint.isn_indexed) by_isn_.remove(endpoint.place);
    by_socket_.remove(endpoint.place);
    endpoints_.remove(endpoint.place);
}

// ── The bound on memory ─────────────────────────────────────────────────────────────────────────

/// An end that has done nothing since the attach is searched for where it is needed.
void Connections::index_isn(Endpoint& endpoint) {
    if (endpoint.isn_outdated) by_isn_.remove(endpoint.place);
    if (endpoint.isn_outdated) endpoint.isn_indexed = endpoint.isn_outdated = false;
    if (endpoint.isn_indexed || !endpoint.has_progress) return;
    by_isn_.put(endpoint.place, isn_bucket(first_received(endpoint)));
    endpoint.isn_indexed = true;
}

void Connections::account(Endpoint& endpoint) {
    const bool is_wanted = endpoint.has_ending() || endpoint.searched_for;
    if (endpoint.isn_outdated || (is_wanted && !endpoint.isn_indexed)) index_isn(endpoint);
    std::uint32_t weight = kKnownBytes;
    if (endpoint.has_ending())
        weight += kEndingBytes + kErrorBytes * static_cast<std::uint32_t>(endpoint.ending().errors_taken.size());
    bytes_ = bytes_ - endpoint.weight + weight;
    endpoint.weight = weight;
}

bool Connections::may_have_dropped(std::uint64_t cookie) const {
    return dropped_ > 0 && evicted_.may_hold(hash_of(cookie));
}

bool Connections::may_have_dropped(const model::Tuple& tuple) const {
    return dropped_ > 0 && evicted_.may_hold(model::TupleHash{}(tuple));
}

void Connections::drop(Endpoint& endpoint, std::uint64_t now_ns, const Dropping& dropping) {
    dropping(endpoint);
    ++dropped_;
    if (endpoint.cookie != 0) evicted_.note(hash_of(endpoint.cookie), endpoint.has_finished, now_ns);
    if (has_tuple(endpoint.tuple)) evicted_.note(model::TupleHash{}(endpoint.tuple), endpoint.has_finished, now_ns);
    evict(endpoint);
}

/// Many at a time: to find them, all have to be looked at.
std::vector<std::uint32_t> Connections::longest_idle() const {
    std::vector<std::uint32_t> places;
    by_socket_.for_each([&places](std::uint32_t one) { places.push_back(one); });
    const auto sooner = [this](std::uint32_t one, std::uint32_t other) {
        const Endpoint& first = endpoints_[one];
        const Endpoint& second = endpoints_[other];
        return first.last_seen_ns != second.last_seen_ns ? first.last_seen_ns < second.last_seen_ns
                                                         : first.cookie < second.cookie;
    };
    constexpr std::size_t kPart = 16;
    const auto some = static_cast<std::ptrdiff_t>(1 + places.size() / kPart);
    std::partial_sort(places.begin(), places.begin() + some, places.end(), sooner);
    places.resize(static_cast<std::size_t>(some));
    return places;
}

void Connections::drop_some(std::uint64_t now_ns, const Dropping& dropping) {
    for (; bytes_ > max_bytes_ && !finished_.empty(); finished_.pop_front())
        if (Endpoint* endpoint = still_finished(finished_.front())) drop(*endpoint, now_ns, dropping);
    if (bytes_ <= max_bytes_) return;
    for (const std::uint32_t place : longest_idle()) drop(endpoints_[place], now_ns, dropping);
}

void Connections::evict_all() {
    if (ended_) by_socket_.for_each([this](std::uint32_t one) { ended_(endpoints_[one]); });
    by_tuple_.clear();
    by_socket_.clear();
    by_isn_.clear();
    endpoints_.clear();
    finished_.clear();
    bytes_ = 0;
}

} // namespace tcpblame::reconstruct
