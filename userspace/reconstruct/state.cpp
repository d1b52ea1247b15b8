#include "reconstruct/state.hpp"

#include "reconstruct/attribution.hpp"
#include "reconstruct/reset_match.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace tcpblame::reconstruct {

using namespace model;

State::State(std::uint64_t max_memory, const Joining& joining) : connections(max_memory), joining_(joining) {
    if (joining_.into == nullptr) return;
    connections.on_eviction([this](const Endpoint& endpoint) {
        if (connections.peer_of(endpoint) == nullptr) joining_.into->add(joining_.run, endpoint, processes);
    });
}

void State::learn(Endpoint& endpoint, const StateChanged& event) {
    step(endpoint, event);
    connections.account(endpoint);
    if (event.actor)
        if (const Mark* closing = closing_of(endpoint); closing != nullptr && closing->stamp.id == event.stamp.id)
            relays.note(endpoint, closing->actor->pid);
    if (event.socket.owned && !event.actor) listeners.name_owner_of(endpoint, event);
}

/// Its connection had ended before the process closed it.
void State::learn(Endpoint& endpoint, const SocketDestroyed& event) {
    step(endpoint, event);
    connections.account(endpoint);
    if (event.actor && endpoint.ending().reset_received && closing_of(endpoint) == nullptr)
        relays.note(endpoint, event.actor->pid);
}

void State::learn(const ResetSent& event) {
    Endpoint& endpoint = connections.sender_of(event);
    learn(endpoint, event);
    if (event.kind == ResetKind::kActive && !event.actor) listeners.name_closer_of(endpoint, event);
    // Known by its four-tuple only: no event will say when it is over.
    if (endpoint.cookie == 0) connections.finished(endpoint, event.stamp.time_ns);
}

void State::learn(const HolderFound& event) {
    if (event.inode != 0) holders_[{event.file, event.inode}] = event;
}

void State::learn(const LostEvents& lost) {
    losses.enter(lost);
    listeners.forget_openers();
    if (joining_.into != nullptr) joining_.into->add(joining_.run, lost);
}

// NOLINTNEXTLINE(readability-make-member-function-const): the template beside it would be the better match then
void State::learn(const ClockSet& set) {
    if (joining_.into != nullptr) joining_.into->add(joining_.run, set);
}

const HolderFound* State::holder_of_other_end(const BrokenWrite& write) const {
    const auto found = holders_.find({write.call.file, write.call.inode});
    return found != holders_.end() && found->second.holder.pid != write.actor.pid ? &found->second : nullptr;
}

/// All of it that is on this host.
Case State::case_of(const Endpoint* us, const BrokenWrite* write) const {
    Case broken{.us = us, .write = write, .kills = &kills};
    if (write != nullptr) broken.holder = holder_of_other_end(*write);
    if (us != nullptr && us->mptcp && !us->ending().reset_received)
        if (const Endpoint* subflow = connections.subflow_of(*us)) us = broken.us = subflow;
    if (us == nullptr) {
        broken.us_was_evicted =
            write != nullptr && write->socket().cookie != 0 && connections.may_have_dropped(write->socket().cookie);
        return broken;
    }
    broken.peer = connections.peer_of(*us);
    // Nobody else is looked for where the peer is known to have sent one that fits: mostly it is.
    if (us->ending().reset_received && reset_of_peer(broken) == nullptr)
        broken.stranger = connections.stranger_who_answered(*us, broken.peer);
    if (const Endpoint* there = broken.peer != nullptr ? broken.peer : broken.stranger; there != nullptr)
        broken.listener = listeners.opener(there->netns, us->tuple.remote.port);
    broken.us_was_evicted = us->was_evicted;
    broken.peer_was_evicted =
        broken.peer != nullptr ? broken.peer->was_evicted : connections.may_have_dropped(us->tuple.swapped());
    return broken;
}

/// A proxy's other connection may have been ended by a proxy.
void State::follow_relays(Case& broken, std::deque<Case>& before) const {
    constexpr std::size_t kMostHops = 8;
    for (Case* last = &broken; before.size() < kMostHops && last->peer != nullptr; last = &before.back()) {
        const Endpoint* ended = relays.passed_on_by(*last->peer, connections);
        const auto is_it = [ended](const Case& one) { return one.us == ended || one.peer == ended; };
        if (ended == nullptr || is_it(broken) || std::any_of(before.begin(), before.end(), is_it)) return;
        before.push_back(case_of(ended, nullptr));
        last->passed_on = &before.back();
    }
}

Verdict State::judge(const Endpoint* us, const BrokenWrite* write, bool sees_every_reset, ComposeOptions how) const {
    Case broken = case_of(us, write);
    broken.sees_every_reset = sees_every_reset;
    broken.quiet_end = how.quiet_end;
    std::optional<RemotePeer> far;
    if (broken.us != nullptr && broken.peer == nullptr && joining_.others != nullptr)
        far = joining_.others->peer_of(joining_.run, *broken.us);
    if (far) {
        broken.peer = &far->end;
        broken.far = &*far;
    }
    std::deque<Case> before;
    if (!far) follow_relays(broken, before);
    return compose(broken, attribute(broken), processes, losses, how);
}

} // namespace tcpblame::reconstruct
