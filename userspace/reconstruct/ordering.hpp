/// Puts events into the order of their times: those of several CPUs, and of an interrupt and what it
/// interrupted, reach the reader a little out of order.
#pragma once

#include "model/event.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tcpblame::reconstruct {

/// Which event it is and when it happened; nullptr for one that has no place in the order.
const model::Stamp* stamp_of(const model::Event& event);

/// When an event happened; nullopt for one that has no place in the order (the passing of time, a loss).
std::optional<std::uint64_t> time_of(const model::Event& event);

class Ordering {
public:
    /// An event may come this much later than one that happened after it.
    static constexpr std::uint64_t kWindowNs = 200'000;

    void put(std::uint64_t time_ns, model::Event event);

    /// Takes out the earliest event, if it happened at `until_ns` or before. One that came twice is taken once.
    std::optional<model::Event> take(std::uint64_t until_ns);

private:
    std::optional<model::Event> take_any(std::uint64_t until_ns);
    bool is_repeated(const model::Event& event);

    struct Waiting {
        std::uint64_t time_ns;
        std::uint64_t arrival; ///< equal times keep the order in which they came
        model::Event event;

        bool operator<(const Waiting& other) const {
            return time_ns != other.time_ns ? time_ns > other.time_ns : arrival > other.arrival;
        }
    };

    std::vector<Waiting> heap_;
    std::uint64_t arrivals_ = 0;
    model::Stamp last_taken_;
};

} // namespace tcpblame::reconstruct
