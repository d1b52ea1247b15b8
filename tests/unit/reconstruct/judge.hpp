/// Whether what was reported is true.
#pragma once

#include "reconstruct/stories.hpp"

#include <algorithm>
#include <vector>

namespace tcpblame::reconstruct::scene {

/// A story, played once.
struct Played {
    explicit Played(const Story& story) : connection(scene, {.peer_here = story.on_loopback}) {
        story.play(connection, 512);
    }
    Scene scene;
    Connection connection;
};

inline bool same_act(const std::optional<PeerAct>& claimed, const std::optional<PeerAct>& truth) {
    if (!claimed) return true; // not to know is no lie
    return truth && claimed->process.pid == truth->process.pid && claimed->act == truth->act &&
           claimed->linger_zero == truth->linger_zero && claimed->unread == truth->unread &&
           claimed->signal == truth->signal && claimed->exit_status == truth->exit_status;
}

/// Whether a verdict says what one of the truths says, or less of its peer.
inline bool is_true(const Verdict& verdict, const std::vector<Truth>& truths) {
    const int error = verdict.write ? verdict.write->error : 0;
    return std::any_of(truths.begin(), truths.end(), [&](const Truth& truth) {
        // The owner of a connection that broke may be unknown.
        return (!verdict.process || truth.pid == verdict.process->pid) && truth.error == error &&
               truth.cause == verdict.cause && same_act(verdict.peer, truth.act);
    });
}

} // namespace tcpblame::reconstruct::scene
