/// Moves what one host's clock has stamped to the clock of another.
#pragma once

#include "model/event.hpp"
#include "reconstruct/endpoint.hpp"

#include <cstdint>

namespace tcpblame::reconstruct {

/// `by_ns` later. A time that is not known (0) stays so, and none becomes so.
std::uint64_t shifted(std::uint64_t time_ns, std::int64_t by_ns);

void shift(model::Event& event, std::int64_t by_ns);
void shift(model::LostEvents& lost, std::int64_t by_ns);
void shift(Endpoint& endpoint, std::int64_t by_ns);

} // namespace tcpblame::reconstruct
