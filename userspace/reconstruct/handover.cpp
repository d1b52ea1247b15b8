#include "reconstruct/handover.hpp"

#include <utility>

namespace tcpblame::reconstruct {
namespace {

constexpr int kMostHops = 8;
/// The proxy closes its other connection, too, and all that came in the meantime is in order: well within the time for
/// which Connections keeps what has ended.
constexpr std::uint64_t kSettledNs = Connections::kRememberNs / 2;

} // namespace

std::unique_ptr<Relayed> Handover::relayed_by(const Endpoint& closed, int hops) const {
    const Endpoint* ended = hops > 0 ? relays_.passed_on_by(closed, connections_) : nullptr;
    if (ended == nullptr) return nullptr;
    auto relayed = std::make_unique<Relayed>();
    relayed->ended = *ended;
    if (const Endpoint* peer = connections_.peer_of(*ended)) {
        relayed->peer = *peer;
        relayed->before = relayed_by(*peer, hops - 1);
    }
    return relayed;
}

void Handover::look_at(const Endpoint& closed) {
    if (connections_.peer_of(closed) != nullptr || relayed_.contains(closed.cookie)) return;
    if (auto relayed = relayed_by(closed, kMostHops)) relayed_.emplace(closed.cookie, std::move(relayed));
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
