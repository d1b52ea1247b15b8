/// The idle timers that are known, by how long they wait: whose a close may have been.
#pragma once

#include "render/wording/words.hpp"

#include <cstdint>

namespace tcpblame::render {

/// ": 5 s is …", of those that wait as long; nothing where none is known.
void add_known_limits(Words& words, std::uint64_t idle_ns);

} // namespace tcpblame::render
