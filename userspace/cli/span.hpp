/// The time that a report is about.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"
#include "model/run.hpp"

#include <cstdint>
#include <limits>

namespace tcpblame::cli {

/// Of CLOCK_MONOTONIC; both moments are in it.
struct Span {
    std::uint64_t since_ns = 0;
    std::uint64_t until_ns = std::numeric_limits<std::uint64_t>::max();
};

/// What --since and --until mean for a recording that began so, and ended at `ended_ns` (CLOCK_MONOTONIC). Fails with
/// kUsage where one is after the other.
Result<Span> span_of(const Options& options, const model::RunStart& start, std::uint64_t ended_ns);

} // namespace tcpblame::cli
