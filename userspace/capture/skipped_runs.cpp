#include "capture/skipped_runs.hpp"

#include "bpf/config.h" // the skeleton needs it
#include "bpf/running.h"
#include "tcpblame.skel.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <vector>

namespace tcpblame::capture {
namespace {

std::uint64_t skipped(const bpf_program* program) {
    bpf_prog_info info{};
    __u32 size = sizeof(info);
    return bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0 ? info.recursion_misses : 0;
}

std::uint64_t stood_in(const tcpblame_bpf& skeleton, __u32 running_hook) {
    std::vector<running> by_cpu(static_cast<std::size_t>(std::max(libbpf_num_possible_cpus(), 0)));
    if (bpf_map_lookup_elem(bpf_map__fd(skeleton.maps.running), &running_hook, by_cpu.data()) != 0) return 0;
    std::uint64_t times = 0;
    for (const running& cpu : by_cpu) times += cpu.stood_in;
    return times;
}

} // namespace

std::uint64_t skipped_runs(const tcpblame_bpf& skeleton, const std::vector<Casting>& castings) {
    std::uint64_t lost = 0;
    for (const Casting& casting : castings) {
        if (casting.chosen == nullptr) continue;
        const auto& stand_in = casting.chosen->stand_in;
        // Read before the misses that it makes up for, both still growing.
        const std::uint64_t made_up_for = stand_in ? stood_in(skeleton, stand_in->running_hook) : 0;
        std::uint64_t missed = 0;
        for (const Program& program : casting.chosen->programs) missed += skipped(program.program(skeleton));
        lost += missed - std::min(missed, made_up_for);
    }
    return lost;
}

} // namespace tcpblame::capture
