/// The time that a report is about.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"
#include "model/run.hpp"

#include <cstdint>
#include <limits>

namespace tcpblame::cli {

/// All of these moments are in it.
struct Span {
    // CLOCK_MONOTONIC: "+90s" goes by the time that has passed.
    std::uint64_t since_ns = 0;
    std::uint64_t until_ns = std::numeric_limits<std::uint64_t>::max();
    // Since the epoch: "14:05" is what the clock showed, also where it was set in between.
    std::int64_t since_realtime_ns = std::numeric_limits<std::int64_t>::min();
    std::int64_t until_realtime_ns = std::numeric_limits<std::int64_t>::max();

    [[nodiscard]] bool holds(std::uint64_t monotonic_ns, std::int64_t realtime_ns) const {
        return since_ns <= monotonic_ns && monotonic_ns <= until_ns && since_realtime_ns <= realtime_ns &&
               realtime_ns <= until_realtime_ns;
    }
};

/// What --since and --until mean for a recording that began so, and ended at `ended_realtime_ns` by its clock. Fails
/// with kUsage where one is after the other.
Result<Span> span_of(const RangeOptions& range, const model::RunStart& start, std::int64_t ended_realtime_ns);

} // namespace tcpblame::cli
