#include "wire/loss_ledger.hpp"

#include <utility>

namespace tcpblame::wire {
namespace {

constexpr std::uint64_t kLateNs = 200'000; ///< an interrupt's length, generously

template <typename Gap>
model::LostEvents lost_in(std::size_t cpu, const Gap& gap) {
    return {.count = gap.last - gap.first + 1,
            .cpu = static_cast<std::uint32_t>(cpu),
            .after_monotonic_ns = gap.after_ns,
            .before_monotonic_ns = gap.before_ns,
            .first = gap.first};
}

} // namespace

void LossLedger::enter(std::uint32_t cpu_number, std::uint64_t sequence, std::uint64_t time_ns) {
    if (sequence == 0) return; // an event that is not counted
    if (cpu_number >= cpus_.size()) cpus_.resize(cpu_number + std::size_t{1});
    Cpu& cpu = cpus_[cpu_number];
    if (sequence <= cpu.newest) {
        fill(cpu, sequence);
        return;
    }
    if (sequence > cpu.newest + 1) cpu.gaps.push_back({cpu.newest + 1, sequence - 1, cpu.newest_ns, time_ns});
    cpu.newest = sequence;
    cpu.newest_ns = time_ns;
}

void LossLedger::fill(Cpu& cpu, std::uint64_t sequence) {
    for (std::size_t i = 0; i < cpu.gaps.size(); ++i) {
        Gap& gap = cpu.gaps[i];
        if (sequence < gap.first || sequence > gap.last) continue;
        Gap rest = gap;
        rest.first = sequence + 1;
        gap.last = sequence - 1;
        if (gap.first > gap.last) cpu.gaps.erase(cpu.gaps.begin() + static_cast<std::ptrdiff_t>(i));
        if (rest.first <= rest.last) cpu.gaps.push_back(rest);
        return;
    }
}

std::vector<model::LostEvents> LossLedger::settle(std::uint64_t now_ns) {
    std::vector<model::LostEvents> lost;
    for (std::size_t number = 0; number < cpus_.size(); ++number)
        std::erase_if(cpus_[number].gaps, [&](const Gap& gap) {
            const bool settled = gap.before_ns + kLateNs <= now_ns;
            if (settled) lost.push_back(lost_in(number, gap));
            return settled;
        });
    return lost;
}

std::vector<model::LostEvents> LossLedger::close(const std::vector<std::uint64_t>& made_by_cpu) {
    std::vector<model::LostEvents> lost;
    if (made_by_cpu.size() > cpus_.size()) cpus_.resize(made_by_cpu.size());
    for (std::size_t number = 0; number < cpus_.size(); ++number) {
        Cpu& cpu = cpus_[number];
        for (const Gap& gap : cpu.gaps) lost.push_back(lost_in(number, gap));
        cpu.gaps.clear();
        const std::uint64_t made = number < made_by_cpu.size() ? made_by_cpu[number] : 0;
        if (made > cpu.newest) lost.push_back(lost_in(number, Gap{cpu.newest + 1, made, cpu.newest_ns, 0}));
    }
    return lost;
}

} // namespace tcpblame::wire
