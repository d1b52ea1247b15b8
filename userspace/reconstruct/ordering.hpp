/// Puts events into the order of their times: those of several CPUs, and of an interrupt and what it
/// interrupted, reach the reader a little out of order.
#pragma once

#include "model/event.hpp"
#include "reconstruct/fifo.hpp"
#include "reconstruct/slab.hpp"

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

    void put(std::uint64_t time_ns, model::Event&& event);

    /// Takes out the earliest event, if it happened at `until_ns` or before; nullptr where none did. It is there until
    /// the next is taken. One that came twice is taken once.
    const model::Event* take(std::uint64_t until_ns);

    /// One that will be taken so much later, where it is known; else nullptr.
    [[nodiscard]] const model::Event* ahead(std::size_t by) const {
        return in_order_.size() > by ? &events_[in_order_[by].place] : nullptr;
    }

private:
    static constexpr std::size_t kKept = 1024; ///< events: room for so many is kept where none waits

    /// The events themselves stay where they are.
    struct Waiting {
        std::uint64_t time_ns = 0;
        std::uint64_t arrival = 0; ///< equal times keep the order in which they came
        std::uint32_t place = 0;   ///< in `events_`

        [[nodiscard]] bool is_before(const Waiting& other) const {
            return time_ns != other.time_ns ? time_ns < other.time_ns : arrival < other.arrival;
        }
        bool operator<(const Waiting& other) const { return other.is_before(*this); }
    };

    const model::Event* take_any(std::uint64_t until_ns);
    void give_back_room();
    bool is_repeated(const model::Event& event);

    Slab<model::Event> events_;
    Fifo<Waiting> in_order_;    ///< most come in order
    std::vector<Waiting> late_; ///< a heap: those that are earlier than one that came before them
    std::optional<std::uint32_t> taken_;
    std::uint64_t arrivals_ = 0;
    model::Stamp last_taken_;
};

} // namespace tcpblame::reconstruct
