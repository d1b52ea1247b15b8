/// Turns moments of CLOCK_MONOTONIC, by which everything is held apart, into the time of day: also where that was set.
#pragma once

#include "model/run.hpp"

#include <cstdint>
#include <deque>

namespace tcpblame::model {

class WallClock {
public:
    explicit WallClock(std::int64_t realtime_offset_ns = 0) : first_ns_(realtime_offset_ns) {}

    /// Later than those before it.
    void set(const ClockSet& set);

    /// CLOCK_REALTIME − CLOCK_MONOTONIC as it was then: what is reported may be older than the last setting.
    [[nodiscard]] std::int64_t offset_at(std::uint64_t monotonic_ns) const;

    /// Nanoseconds since the epoch. A damaged recording can hold any number: it wraps.
    [[nodiscard]] std::int64_t realtime_of(std::uint64_t monotonic_ns) const;

    /// How much later the time of day is by this setting than it would be without.
    [[nodiscard]] std::int64_t ahead_by(const ClockSet& set) const;

private:
    std::int64_t first_ns_;
    std::deque<ClockSet> settings_;
};

} // namespace tcpblame::model
