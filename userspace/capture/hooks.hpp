/// The table of hooks: which program plays which role, and what is lost without it.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <span>

struct tcpblame_bpf;
struct bpf_link;
struct bpf_program;

namespace tcpblame::capture {

/// A program of the skeleton and where its link is kept.
struct Program {
    bpf_program* (*program)(const tcpblame_bpf&);
    bpf_link** (*link)(tcpblame_bpf&);
};

/// Runs where the hook's own program is skipped for running already on that CPU (bpf/running.h).
struct StandIn {
    Program program;
    unsigned running_hook; ///< enum running_hook
};

struct Hook {
    const char* role;         ///< the kernel act that it sees
    const char* attach_point; ///< where it sees it
    Program program;
    const char* without_it; ///< what no verdict can say then
    std::optional<StandIn> stand_in = std::nullopt;
};

std::span<const Hook> hooks();

/// Attaches every hook that is to be loaded. Fails with kKernelCannot where one cannot be attached.
Result<void> attach_hooks(tcpblame_bpf& skeleton);

} // namespace tcpblame::capture
