/// What the process at the other end did, where that end is on this host or in another recording.
#pragma once

#include "model/event.hpp"
#include "model/verdict.hpp"
#include "reconstruct/endpoint.hpp"

#include <optional>

namespace tcpblame::reconstruct {

/// The act by which it sent its FIN; nullopt where no task can be named. `.at_ns` is CLOCK_MONOTONIC.
std::optional<model::PeerAct> finishing_act(const Endpoint& peer);

/// The act by which it aborted the connection with a RST of its own accord.
std::optional<model::PeerAct> aborting_act(const Endpoint& peer);

} // namespace tcpblame::reconstruct
