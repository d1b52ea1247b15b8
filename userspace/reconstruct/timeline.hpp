/// The teardown as a person reads it: the milestones of both ends in the order in which they happened.
#pragma once

#include "model/verdict.hpp"
#include "reconstruct/attribution.hpp"

#include <cstdint>
#include <vector>

namespace tcpblame::reconstruct {

/// Times relative to `moment_ns`.
std::vector<model::TimelineEntry> timeline_of(const Case& broken, std::uint64_t moment_ns);

} // namespace tcpblame::reconstruct
