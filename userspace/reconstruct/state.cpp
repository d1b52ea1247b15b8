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
    handover_.emplace(joining_.run, *joining_.into, connections, relays, processes);
    connections.on_eviction([this](const Endpoint& endpoint) { handover_->evicted(endpoint); });
}

void State::note_close(const Endpoint& endpoint, std::uint32_t pid, std::uint64_t at_ns) {
    relays.note(endpoint, pid);
    if (!handover_) return;
    handover_->pass_time(at_ns);
    handover_->closed(endpoint, at_ns);
}

void State::learn(Endpoint& endpoint, const StateChanged& event) {
    step(endpoint, event);
    connections.account(endpoint);
    if (event.actor)
        if (const Mark* closing = closing_of(endpoint); closing != nullptr && closing->stamp.id == event.stamp.id)
            note_close(endpoint, closing->actor->pid, event.stamp.time_ns);
    if (event.socket.owned && !event.actor) listeners.name_owner_of(endpoint, event);
}

/// Its connection had ended before the process closed it.
void State::learn(Endpoint& endpoint, const SocketDestroyed& event) {
    step(endpoint, event);
    connections.account(endpoint);
    if (event.actor && endpoint.ending().reset_received && closing_of(endpoint) == nullptr)
        note_close(endpoint, event.actor->pid, event.stamp.time_ns);
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

/// The case before `last`, on this host or there, where `relayed` is what the peer there has passed on; both move on
/// with it.
std::optional<Case> State::case_before(const Case& last, Chain& chain, const RemotePeer*& there,
                                       const Relayed*& relayed) const {
    Case before;
    if (there == nullptr) {
        const Endpoint* ended = relays.passed_on_by(*last.peer, connections);
        if (ended == nullptr) return std::nullopt;
        before = case_of(ended, nullptr);
    } else {
        if (relayed == nullptr) return std::nullopt;
        before.us = &relayed->ended;
        before.peer = relayed->peer ? &*relayed->peer : nullptr;
        before.kills = there->kills;
        before.host = &there->end.host();
        relayed = relayed->before.get();
    }
    if (before.peer != nullptr || joining_.others == nullptr) return before;
    const std::size_t run = there != nullptr ? there->run : joining_.run;
    auto far = joining_.others->peer_of(run, *before.us, joining_.run);
    if (!far) return before;
    there = &chain.peers.emplace_back(std::move(*far));
    relayed = there->passed_on;
    before.peer = &there->end;
    before.far = there;
    return before;
}

/// A proxy's other connection may have been ended by a proxy, on this host or on another one.
void State::follow_relays(Case& broken, Chain& chain) const {
    constexpr std::size_t kMostHops = 8;
    const RemotePeer* there = broken.far;
    const Relayed* relayed = there != nullptr ? there->passed_on : nullptr;
    for (Case* last = &broken; chain.cases.size() < kMostHops && last->peer != nullptr;) {
        auto before = case_before(*last, chain, there, relayed);
        if (!before) return;
        const auto is_it = [&before](const Case& one) {
            return one.us != nullptr &&
                   (one.us->tuple == before->us->tuple || one.us->tuple == before->us->tuple.swapped());
        };
        if (is_it(broken) || std::any_of(chain.cases.begin(), chain.cases.end(), is_it)) return;
        last->passed_on = &chain.cases.emplace_back(*before);
        last = &chain.cases.back();
    }
}

Verdict State::judge(const Endpoint* us, const BrokenWrite* write, bool sees_every_reset, ComposeOptions how) const {
    Case broken = case_of(us, write);
    broken.sees_every_reset = sees_every_reset;
    broken.quiet_end = how.quiet_end;
    std::optional<RemotePeer> far;
    if (broken.us != nullptr && broken.peer == nullptr && joining_.others != nullptr)
        far = joining_.others->peer_of(joining_.run, *broken.us, joining_.run);
    if (far) {
        broken.peer = &far->end;
        broken.far = &*far;
    }
    Chain chain;
    follow_relays(broken, chain);
    return compose(broken, attribute(broken), processes, losses, how);
}

} // namespace tcpblame::reconstruct
