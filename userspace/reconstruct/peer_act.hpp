/// What the process at the other end did, where that end is on this host or in another recording.
#pragma once

#include "model/event.hpp"
#include "model/verdict.hpp"
#include "reconstruct/endpoint.hpp"

#include <optional>

namespace tcpblame::reconstruct {

/// What a task did that closed something: by a call, or as it ended.
model::Deed deed_of(const model::Actor& actor);

/// The act by which it finished, by a FIN: the close or the process's end, where its sending side alone had been shut
/// down before and that has been seen; nullopt where no task can be named. `.at_ns` is CLOCK_MONOTONIC.
std::optional<model::PeerAct> finishing_act(const Endpoint& peer);

/// The same as it was at a moment: what came later is none of its reasons.
std::optional<model::PeerAct> finishing_act(const Endpoint& peer, std::uint64_t until_ns);

/// The same acts as a row of the timeline has them.
struct NamedDeed {
    model::TaskName name; ///< the process's
    model::Deed deed;
};
std::optional<NamedDeed> finishing_deed(const Endpoint& peer, std::uint64_t until_ns);
std::optional<NamedDeed> aborting_deed(const Endpoint& peer);

/// Its process was killed, or stopped before it had answered, with the connection open; and the FIN by which the kernel
/// closed it came to `us`, whose process lives.
bool died_in_it(const Endpoint& peer, const Endpoint& us);

/// Its process is not that of the event, but follows from another's: it can be no more than inferred.
bool act_is_inferred(const Endpoint& peer);

/// What its process had not read when it aborted the connection so: as much as the act below says, for less work.
std::uint64_t unread_at_abort(const Endpoint& peer);

/// The act by which it aborted the connection with a RST of its own accord.
std::optional<model::PeerAct> aborting_act(const Endpoint& peer);

} // namespace tcpblame::reconstruct
