#include "reconstruct/listeners.hpp"

#include <cstddef>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

constexpr std::size_t kRememberedListeners = 1024;

} // namespace

void Listeners::opened(const SocketView& socket, const Actor& by) {
    if (by.pid == 0 || by.kernel_thread || openers_.size() >= kRememberedListeners) return;
    const auto [known, is_new] = openers_.try_emplace({socket.netns, socket.tuple.local.port}, by);
    if (!is_new && known->second && known->second->pid != by.pid) known->second.reset();
}

const Actor* Listeners::opener(std::uint32_t netns, std::uint16_t port) const {
    const auto found = openers_.find({netns, port});
    return found != openers_.end() && found->second ? &*found->second : nullptr;
}

void Listeners::closed(const StateChanged& event) {
    openers_.erase({event.socket.netns, event.socket.tuple.local.port});
    if (closed_.size() >= kRememberedListeners) closed_.pop_front();
    closed_.push_back({event.socket.netns, event.socket.tuple.local.port,
                       Mark{event.stamp, event.actor, event.old_state, 0, event.progress, event.stack, {}}});
}

const Listeners::Closed* Listeners::newest(const Endpoint& endpoint, std::uint32_t netns, std::uint64_t time_ns) const {
    for (auto one = closed_.rbegin(); one != closed_.rend(); ++one) {
        if (one->mark.stamp.time_ns + kListenerNs < time_ns) return nullptr;
        if (one->mark.stamp.time_ns > time_ns) continue; // what the kernel had kept comes late
        if (one->netns == netns && one->port == endpoint.tuple.local.port && one->mark.actor) return &*one;
    }
    return nullptr;
}

void Listeners::name_owner_of(Endpoint& endpoint, const StateChanged& event) const {
    const Closed* listener = newest(endpoint, event.socket.netns, event.stamp.time_ns);
    if (listener != nullptr && listener->mark.actor->exiting && !endpoint.ending().listener_died)
        endpoint.ending_to_change().listener_died = listener->mark;
}

void Listeners::name_closer_of(Endpoint& endpoint, const ResetSent& event) const {
    if (endpoint.owner || endpoint.ending().fin_sent || event.reason == ResetReason::kKeepaliveTimeout) return;
    const Closed* listener = newest(endpoint, event.socket.netns, event.stamp.time_ns);
    if (listener != nullptr && listener->mark.stamp.time_ns <= event.stamp.time_ns)
        endpoint.ending_to_change().listener_closed = listener->mark;
}

} // namespace tcpblame::reconstruct
