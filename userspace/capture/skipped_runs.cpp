#include "capture/skipped_runs.hpp"

#include "bpf/config.h" // the skeleton needs it
#include "bpf/reentry.h"
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

std::uint64_t reentered(const tcpblame_bpf& skeleton, __u32 reentry_hook) {
    std::vector<reentry_guard> by_cpu(static_cast<std::size_t>(std::max(libbpf_num_possible_cpus(), 0)));
    if (bpf_map_lookup_elem(bpf_map__fd(skeleton.maps.reentry_guards), &reentry_hook, by_cpu.data()) != 0) return 0;
    std::uint64_t times = 0;
    for (const reentry_guard& cpu : by_cpu) times += cpu.reentered;
    return times;
}

} // namespace

std::uint64_t skipped_runs(const tcpblame_bpf& skeleton, const std::vector<Attachment>& attachments) {
    std::uint64_t lost = 0;
    for (const Attachment& attachment : attachments) {
        if (attachment.chosen == nullptr) continue;
        const auto& reentry_program = attachment.chosen->reentry_program;
        // Read before the misses that it makes up for, both still growing.
        const std::uint64_t made_up_for = reentry_program ? reentered(skeleton, reentry_program->reentry_hook) : 0;
        std::uint64_t missed = 0;
        for (const Program& program : attachment.chosen->programs) missed += skipped(program.program(skeleton));
        lost += missed - std::min(missed, made_up_for);
    }
    return lost;
}

} // namespace tcpblame::capture
