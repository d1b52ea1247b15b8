#include "reconstruct/handover.hpp"

#include <utility>

namespace tcpblame::reconstruct {
namespace {

constexpr int kMostHops = 8;
/// The proxy closes its other connection, too, and all that came in the meantime is in order: well within the time for
/// which Connections keeps what has ended.
constexpr std::uint64_t kSettledNs = Connections::kRememberNs / 2;

} // namespace

std::unique_ptr<Relayed> Handover::relayed_by(const Endpoint& closed) const {
    std::unique_ptr<Relayed> first;
    std::unique_ptr<Relayed>* place = &first;
    const Endpoint* by = &closed;
    for (int hop = 0; hop < kMostHops && by != nullptr; ++hop) {
        const Endpoint* ended = relays_.passed_on_by(*by, connections_);
        if (ended == nullptr) break;
        *place = std::make_unique<Relayed>();
        (*place)->ended = *ended;
        by = connections_.peer_of(*ended);
        if (by != nullptr) (*place)->peer = *by;
        place = &(*place)->before;
    }
    return first;
}

void Handover::look_at(const Endpoint& closed) {
    if (connections_.peer_of(closed) != nullptr || relayed_.contains(closed.cookie)) return;
    if (auto relayed = relayed_by(closed)) relayed_.emplace(closed.cookie, std::move(relayed));
}

void Handover::closed(const Endpoint& endpoint, std::uint64_t at_ns) { closed_.push_back({at_ns, endpoint.cookie}); }

void Handover::pass_time(std::uint64_t now_ns) {
    for (; !closed_.empty() && closed_.front().at_ns + kSettledNs <= now_ns; closed_.pop_front())
        if (const Endpoint* endpoint = connections_.find(closed_.front().cookie)) look_at(*endpoint);
}

void Handover::evicted(const Endpoint& endpoint) {
    if (connections_.peer_of(endpoint) != nullptr) return;
    look_at(endpoint);
    const auto relayed = relayed_.find(endpoint.cookie);
    into_.add(run_, endpoint, processes_, relayed != relayed_.end() ? std::move(relayed->second) : nullptr);
    if (relayed != relayed_.end()) relayed_.erase(relayed);
}

} // namespace tcpblame::reconstruct
