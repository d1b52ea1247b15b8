/// How far the clocks of two hosts are apart, from what went between them: nothing arrives before it was sent.
#pragma once

#include "reconstruct/endpoint.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tcpblame::reconstruct {

/// A damaged recording can hold any number: this wraps where signed arithmetic would be undefined.
std::int64_t sum(std::int64_t one, std::int64_t other);

/// From the clock there to the clock here.
struct ClockOffset {
    std::int64_t ns = 0; ///< added to a time there, it is the time here
    /// It may be wrong by so much. nullopt: nothing went both ways, and only the hosts' word for the time of day is
    /// left.
    std::optional<std::uint64_t> uncertainty_ns;
    std::size_t connections = 0; ///< that it was found from
};

class ClockBounds {
public:
    /// The two ends of one connection.
    void learn(const Endpoint& here, const Endpoint& there);

    /// Between the tightest bounds. Where there is one of them only: what the hosts' clocks of the day say
    /// (`by_realtime_ns`, an offset as this one), but not beyond it.
    [[nodiscard]] ClockOffset estimate(std::int64_t by_realtime_ns) const;

private:
    /// A RST may be one that somebody between the two has made: it is believed as far as it fits the rest.
    struct Bound {
        std::optional<std::int64_t> sure;
        std::vector<std::int64_t> by_reset;
    };

    /// Each is negated where it goes the other way, so that it is an upper one.
    static void tighten(Bound& bound, std::int64_t upper);
    static void learn_one_way(Bound& bound, const Endpoint& from, const Endpoint& to);
    static std::optional<std::int64_t> tightest(const Bound& bound, const Bound& opposite);

    Bound from_there_; ///< at most so
    Bound from_here_;  ///< the same, negated
    std::size_t connections_ = 0;
};

} // namespace tcpblame::reconstruct
