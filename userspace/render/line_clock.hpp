/// When a line's moment was, by the time of day: for the formats of one object a line.
#pragma once

#include "model/run.hpp"
#include "model/wall_clock.hpp"

#include <algorithm>
#include <cstdint>

namespace tcpblame::render {

class LineClock {
public:
    void start(const model::RunStart& start) {
        clock_ = model::WallClock(start.realtime_offset_ns);
        latest_ns_ = start.monotonic_ns;
    }
    void set(const model::ClockSet& set) { clock_.set(set); }

    [[nodiscard]] std::int64_t realtime_of(std::uint64_t monotonic_ns) const {
        return clock_.realtime_of(monotonic_ns);
    }
    void pass(std::uint64_t monotonic_ns) { latest_ns_ = std::max(latest_ns_, monotonic_ns); }
    /// A loss becomes known with the first event after it; where there is none, the latest moment has to do.
    std::uint64_t known_ns(const model::LostEvents& lost) {
        if (lost.before_monotonic_ns != 0) pass(lost.before_monotonic_ns);
        return lost.before_monotonic_ns != 0 ? lost.before_monotonic_ns : latest_ns_;
    }

private:
    model::WallClock clock_;
    std::uint64_t latest_ns_ = 0; ///< the latest moment that was reported
};

} // namespace tcpblame::render
