/// What the packet of a RST says of who made it.
#pragma once

#include "model/verdict.hpp"
#include "render/wording/writing.hpp"

#include <string>

namespace tcpblame::render {

/// "came by eth0 with TTL 61, as from behind 3 routers; what the peer had sent came with TTL 53, as from behind 11
/// routers, so something nearer may have made it".
std::string reset_packet_words(const model::ResetPacket& packet, const model::Verdict& verdict, const Writing& writing);

/// It was not seen who sent it, and nobody is named, or it came another way than what the peer had sent.
bool says_more(const model::ResetPacket& packet, const model::Verdict& verdict);

} // namespace tcpblame::render
