/// Changes the frames of a recording as chance has it: what an event says, and which ones come, in which order.
#pragma once

#include "fuzz/packed.hpp"

#include <random>

namespace tcpblame::fuzz {

using Random = std::minstd_rand;

/// A few changes at once.
void change(Frames& frames, Random& random);

/// The beginning of one, the rest of the other; or both at once, by time.
Frames cross(const Frames& one, const Frames& other, Random& random);

} // namespace tcpblame::fuzz
