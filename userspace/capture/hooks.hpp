/// The table of hooks: which program plays which role, and what is lost without it.
#pragma once

#include "base/result.hpp"

#include <span>

struct tcpblame_bpf;
struct bpf_link;
struct bpf_program;

namespace tcpblame::capture {

struct Hook {
    const char* role;         ///< the kernel act that it sees
    const char* attach_point; ///< where it sees it
    bpf_program* (*program)(const tcpblame_bpf&);
    bpf_link** (*link)(tcpblame_bpf&);
    const char* without_it; ///< what no verdict can say then
    bool required;
};

std::span<const Hook> hooks();

/// Attaches every hook. Fails with kKernelCannot where a required one cannot be attached.
Result<void> attach_hooks(tcpblame_bpf& skeleton);

} // namespace tcpblame::capture
