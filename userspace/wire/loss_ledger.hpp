/// Finds the events that were made and never came, by each CPU's running number.
#pragma once

#include "model/run.hpp"

#include <cstdint>
#include <vector>

namespace tcpblame::wire {

class LossLedger {
public:
    /// Enters a number that came. Numbers may come a little out of order: an interrupt makes an
    /// event between the number and the place in the ring of the one that it interrupted.
    void enter(std::uint32_t cpu, std::uint64_t sequence, std::uint64_t time_ns);

    /// The gaps whose far side is old enough at `now_ns` that no late number will fill them.
    std::vector<model::LostEvents> settle(std::uint64_t now_ns);

    /// All gaps that are open, and what `made_by_cpu` (the kernel's counts) says was lost after the
    /// newest number that came.
    std::vector<model::LostEvents> close(const std::vector<std::uint64_t>& made_by_cpu);

private:
    struct Gap {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        std::uint64_t after_ns = 0;
        std::uint64_t before_ns = 0;
    };
    struct Cpu {
        std::uint64_t newest = 0;
        std::uint64_t newest_ns = 0;
        std::vector<Gap> gaps;
    };

    static void fill(Cpu& cpu, std::uint64_t sequence);

    std::vector<Cpu> cpus_;
};

} // namespace tcpblame::wire
