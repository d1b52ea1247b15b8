/// All that is known by now: of connections, processes, listeners, pipes, and of what was lost.
#pragma once

#include "model/event.hpp"
#include "model/verdict.hpp"
#include "reconstruct/broken_write.hpp"
#include "reconstruct/compose.hpp"
#include "reconstruct/connections.hpp"
#include "reconstruct/kills.hpp"
#include "reconstruct/listeners.hpp"
#include "reconstruct/losses.hpp"
#include "reconstruct/processes.hpp"
#include "reconstruct/relays.hpp"
#include "reconstruct/remote_endpoints.hpp"
#include "reconstruct/teardown.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>

namespace tcpblame::reconstruct {

/// How one of several recordings goes with the others.
struct Joining {
    std::size_t run = 0;                     ///< its number among them
    RemoteEndpoints* into = nullptr;         ///< put the endpoints there whose other end is not on this host
    const RemoteEndpoints* others = nullptr; ///< where those of the others are to be found; all times are aligned
};

class State {
public:
    State(std::uint64_t max_memory, const Joining& joining);

    /// What happened to a socket.
    template <typename SocketEvent>
    void learn(Endpoint& endpoint, const SocketEvent& event) {
        step(endpoint, event);
        connections.account(endpoint);
    }
    void learn(Endpoint& endpoint, const model::StateChanged& event);
    void learn(Endpoint& endpoint, const model::SocketDestroyed& event);
    template <typename SocketEvent>
    void learn(const SocketEvent& event) {
        learn(connections.at(event.socket), event);
    }
    void learn(const model::ResetSent& event);
    void learn(const model::HolderFound& event);
    void learn(const model::SignalSent& event) { kills.note(event); }
    void learn(const model::OomKilled& event) { kills.note(event); }
    void learn(const model::LostEvents& lost);
    void learn(const model::ClockSet& set);

    /// The verdict on `us`, with the other end wherever that is.
    model::Verdict judge(const Endpoint* us, const BrokenWrite* write, bool sees_every_reset, ComposeOptions how) const;

    Connections connections;
    Processes processes;
    Losses losses;
    Kills kills;
    Listeners listeners;
    Relays relays;

private:
    const model::HolderFound* holder_of_other_end(const BrokenWrite& write) const;
    Case case_of(const Endpoint* us, const BrokenWrite* write) const;
    void follow_relays(Case& broken, std::deque<Case>& before) const;

    Joining joining_;
    std::map<std::pair<model::FileKind, std::uint64_t>, model::HolderFound> holders_; ///< by the writing end's inode
};

} // namespace tcpblame::reconstruct
