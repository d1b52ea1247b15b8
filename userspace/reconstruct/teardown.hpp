/// How an endpoint changes with each thing that happens to it: a pure step function, from the endpoint
/// and the event alone.
#pragma once

#include "model/event.hpp"
#include "reconstruct/endpoint.hpp"

namespace tcpblame::reconstruct {

void step(Endpoint& endpoint, const model::StateChanged& event);
void step(Endpoint& endpoint, const model::ResetSent& event);
void step(Endpoint& endpoint, const model::ResetReceived& event);
void step(Endpoint& endpoint, const model::ErrorReported& event);
void step(Endpoint& endpoint, const model::SendReturned& event);
void step(Endpoint& endpoint, const model::ErrorReceived& event);
void step(Endpoint& endpoint, const model::SocketExisted& event);
void step(Endpoint& endpoint, const model::PeerFound& event);
void step(Endpoint& endpoint, const model::SocketDestroyed& event);

/// The connection ended by something other than a close of its own process, while the process still
/// held the socket.
bool broke(const Endpoint& endpoint);

} // namespace tcpblame::reconstruct
