#include "capture/skipped_runs.hpp"

#include "bpf/config.h" // the skeleton needs it
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

std::uint64_t reentered(const tcpblame_bpf& skeleton, unsigned reentry_hook) {
    std::uint64_t times = 0;
    for (const cpu_state& cpu : skeleton.bss->cpu_state) times += cpu.reentered[reentry_hook];
    return times;
}

} // namespace

std::uint64_t skipped_runs(const tcpblame_bpf& skeleton, const Candidate& candidate) {
    std::uint64_t runs = 0;
    for (const Program& program : candidate.programs) runs += skipped(program.program(skeleton));
    return runs;
}

bool can_read_counts(const tcpblame_bpf& skeleton, const std::vector<Attachment>& attachments) {
    for (const Attachment& attachment : attachments) {
        if (attachment.chosen == nullptr || attachment.chosen->programs.empty()) continue;
        bpf_prog_info info{};
        __u32 size = sizeof(info);
        const bpf_program* program = attachment.chosen->programs.front().program(skeleton);
        return bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0;
    }
    return false;
}

std::uint64_t skipped_runs(const tcpblame_bpf& skeleton, const std::vector<Attachment>& attachments) {
    std::uint64_t lost = 0;
    for (const Attachment& attachment : attachments) {
        if (attachment.chosen == nullptr || attachment.chosen->runs_undisturbed) continue;
        const auto& reentry_program = attachment.chosen->reentry_program;
        // Read before the misses that it makes up for, both still growing.
        const std::uint64_t made_up_for = reentry_program ? reentered(skeleton, reentry_program->reentry_hook) : 0;
        const std::uint64_t missed = skipped_runs(skeleton, *attachment.chosen) - attachment.skipped_before;
        lost += missed - std::min(missed, made_up_for);
    }
    return lost;
}

} // namespace tcpblame::capture
