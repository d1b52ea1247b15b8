#include "reconstruct/listeners.hpp"

#include <algorithm>
#include <cstddef>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

constexpr std::size_t kRememberedListeners = 1024;

} // namespace

void Listeners::opened(const SocketView& socket, const Actor* by) {
    too_many_ = too_many_ || opened_.size() >= kRememberedListeners;
    if (too_many_) return;
    const bool is_known = by != nullptr && by->pid != 0 && !by->kernel_thread;
    opened_.push_back(
        {socket.cookie, socket.netns, socket.tuple.local.port, is_known ? std::optional<Actor>(*by) : std::nullopt});
}

const Actor* Listeners::opener(std::uint32_t netns, std::uint16_t port) const {
    const Actor* found = nullptr;
    for (const Opened& one : opened_) {
        if (one.netns != netns || one.port != port) continue;
        if (too_many_ || !one.by || (found != nullptr && found->pid != one.by->pid)) return nullptr;
        found = &*one.by;
    }
    return found;
}

void Listeners::closed(const StateChanged& event) {
    const auto is_it = [&event](const Opened& one) { return one.cookie == event.socket.cookie; };
    opened_.erase(std::remove_if(opened_.begin(), opened_.end(), is_it), opened_.end());
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
