/// All that is known by now: of connections, processes, listeners, pipes, and of what was lost.
#pragma once

#include "model/event.hpp"
#include "model/verdict.hpp"
#include "reconstruct/broken_write.hpp"
#include "reconstruct/compose.hpp"
#include "reconstruct/connections.hpp"
#include "reconstruct/handover.hpp"
#include "reconstruct/kills.hpp"
#include "reconstruct/listeners.hpp"
#include "reconstruct/losses.hpp"
#include "reconstruct/processes.hpp"
#include "reconstruct/relays.hpp"
#include "reconstruct/remote_endpoints.hpp"
#include "reconstruct/teardown.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <utility>

namespace tcpblame::reconstruct {

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
    void learn(const model::SignalSent& event) { learn_of_death(event); }
    void learn(const model::SigpipeSent& event) { learn_of_death(event); }
    void learn(const model::OomKilled& event) { learn_of_death(event); }
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
    /// What a verdict goes back to over proxies, and the peers of these in other recordings.
    struct Chain {
        std::list<Case> cases; // most verdicts have none, and no list asks for memory then
        std::list<RemotePeer> peers;
    };
    void follow_relays(Case& broken, Chain& chain) const;
    std::optional<Case> case_before(const Case& last, Chain& chain, const RemotePeer*& there,
                                    const Relayed*& relayed) const;
    template <typename Death>
    void learn_of_death(const Death& event) {
        kills.note(event);
        if (joining_.into != nullptr) joining_.into->add(joining_.run, event);
    }
    void note_close(const Endpoint& endpoint, std::uint32_t pid, std::uint64_t at_ns);

    Joining joining_;
    std::optional<Handover> handover_; ///< where there is somebody to hand it to
    std::map<std::pair<model::FileKind, std::uint64_t>, model::HolderFound> holders_; ///< by the writing end's inode
};

} // namespace tcpblame::reconstruct
