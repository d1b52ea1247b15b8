#include "reconstruct/connections.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace tcpblame::reconstruct {
namespace {

/// May `sender` have sent this RST? One that answers a segment was drawn by a byte that the sender expected next or
/// had received already; one of its own accord carries its own next sequence number. A window's length around it
/// tells an earlier connection apart.
bool may_have_sent(const Endpoint& sender, const model::ResetSent& reset) {
    if (!sender.has_progress) return true;
    constexpr std::int32_t kNearby = 1 << 22;
    const auto distance = reset.kind == model::ResetKind::kPassive
                              ? static_cast<std::int32_t>(reset.segment_seq - sender.progress.rcv_nxt)
                              : static_cast<std::int32_t>(reset.own_nxt - sender.progress.snd_nxt);
    return distance > -kNearby && distance < kNearby;
}

std::span<Endpoint* const> newest(const std::vector<Endpoint*>& endpoints) {
    const std::span all(endpoints);
    return all.last(std::min(all.size(), Connections::kSameEnds));
}

} // namespace

Endpoint& Connections::make(std::uint64_t cookie, const model::Tuple& tuple) {
    auto endpoint = std::make_unique<Endpoint>();
    endpoint->cookie = cookie;
    endpoint->tuple = tuple;
    Endpoint& made = *endpoint;
    if (cookie != 0)
        by_cookie_[cookie] = std::move(endpoint);
    else
        by_ends_only_[tuple] = std::move(endpoint);
    index(made, tuple);
    return made;
}

void Connections::index(Endpoint& endpoint, const model::Tuple& tuple) {
    if (tuple.remote.port == 0) return;
    auto& under = endpoint.known_under;
    if (std::find(under.begin(), under.end(), tuple) != under.end()) return;
    under.push_back(tuple);
    by_ends_[tuple].push_back(&endpoint);
}

Endpoint& Connections::at(const model::SocketView& socket) {
    if (socket.cookie == 0) {
        const auto known = by_ends_only_.find(socket.tuple);
        return known != by_ends_only_.end() ? *known->second : make(0, socket.tuple);
    }
    const auto known = by_cookie_.find(socket.cookie);
    if (known == by_cookie_.end()) return make(socket.cookie, socket.tuple);
    Endpoint& endpoint = *known->second;
    // A socket may connect again after a disconnect, to somewhere else.
    if (socket.tuple != endpoint.tuple) index(endpoint, socket.tuple);
    return endpoint;
}

Endpoint& Connections::sender_of(const model::ResetSent& reset) {
    if (reset.socket.cookie != 0) return at(reset.socket);
    if (const auto same_ends = by_ends_.find(reset.socket.tuple); same_ends != by_ends_.end()) {
        const auto candidates = newest(same_ends->second);
        for (auto it = candidates.rbegin(); it != candidates.rend(); ++it)
            if (may_have_sent(**it, reset)) return **it;
    }
    return at(reset.socket);
}

Endpoint* Connections::find(std::uint64_t cookie) {
    const auto known = by_cookie_.find(cookie);
    return known != by_cookie_.end() ? known->second.get() : nullptr;
}

Endpoint* Connections::peer_of(const Endpoint& endpoint) const {
    const auto same_ends = by_ends_.find(endpoint.tuple.swapped());
    if (same_ends == by_ends_.end()) return nullptr;
    Endpoint* fallback = nullptr; // one of which too little is known to be sure
    const auto candidates = newest(same_ends->second);
    for (auto it = candidates.rbegin(); it != candidates.rend(); ++it) {
        if (*it == &endpoint || !same_connection(endpoint, **it)) continue;
        if ((*it)->has_progress) return *it;
        if (fallback == nullptr) fallback = *it;
    }
    return fallback;
}

void Connections::finished(Endpoint& endpoint, std::uint64_t now_ns) {
    endpoint.finished_ns = now_ns;
    finished_.push_back({now_ns, endpoint.cookie, endpoint.tuple});
    forget_older_than(now_ns > kRememberNs ? now_ns - kRememberNs : 0);
}

void Connections::forget_older_than(std::uint64_t time_ns) {
    for (; !finished_.empty() && finished_.front().at_ns < time_ns; finished_.pop_front()) forget(finished_.front());
}

void Connections::forget(const Finished& finished) {
    const auto unlink = [this](const Endpoint& endpoint) {
        for (const model::Tuple& tuple : endpoint.known_under) {
            const auto same_ends = by_ends_.find(tuple);
            std::erase(same_ends->second, &endpoint);
            if (same_ends->second.empty()) by_ends_.erase(same_ends);
        }
    };
    const auto drop = [&](auto& table, const auto& key) {
        const auto known = table.find(key);
        // It may have finished once more since, and is asked for that long after the last time.
        if (known == table.end() || known->second->finished_ns != finished.at_ns) return;
        if (ended_) ended_(*known->second);
        unlink(*known->second);
        table.erase(known);
    };
    if (finished.cookie != 0)
        drop(by_cookie_, finished.cookie);
    else
        drop(by_ends_only_, finished.tuple);
}

void Connections::forget_all() {
    if (ended_) {
        for (const auto& [cookie, endpoint] : by_cookie_) ended_(*endpoint);
        for (const auto& [tuple, endpoint] : by_ends_only_) ended_(*endpoint);
    }
    by_ends_.clear();
    by_cookie_.clear();
    by_ends_only_.clear();
    finished_.clear();
}

} // namespace tcpblame::reconstruct
