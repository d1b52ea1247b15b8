/// What the packet of a RST says of who made it.
#pragma once

#include "model/verdict.hpp"
#include "render/wording/writing.hpp"

#include <string>

namespace tcpblame::render {

/// "came by eth0 with TTL 61, as from behind 3 routers; what the peer had sent came with TTL 53, as from behind 11
/// routers, so something nearer may have made it".
std::string reset_packet_words(const model::ResetPacket& packet, const Writing& writing);

/// Nobody is named who sent it, or it did not come the way that the peer's data did.
bool says_more(const model::ResetPacket& packet, const model::Verdict& verdict);

} // namespace tcpblame::render
