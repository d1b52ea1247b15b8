/// Which losses of events may concern a verdict: those in the time that it speaks of.
#pragma once

#include "model/run.hpp"

#include <cstdint>
#include <deque>

namespace tcpblame::reconstruct {

class Losses {
public:
    void enter(const model::LostEvents& lost);

    /// Events lost between the two moments (CLOCK_MONOTONIC). One whose time is not known counts.
    [[nodiscard]] std::uint64_t between(std::uint64_t from_ns, std::uint64_t to_ns) const;

private:
    static constexpr std::size_t kRemembered = 4096;

    std::deque<model::LostEvents> recent_;
    std::uint64_t evicted_ = 0; ///< of those too long ago to remember each
    std::uint64_t evicted_until_ns_ = 0;
};

} // namespace tcpblame::reconstruct
