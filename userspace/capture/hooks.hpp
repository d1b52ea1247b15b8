/// The table of hooks: for each role the programs that may play it, best first, and what is lost without any.
#pragma once

#include <optional>
#include <span>

struct tcpblame_bpf;
struct bpf_link;
struct bpf_map;
struct bpf_program;

namespace tcpblame::capture {

/// A program of the skeleton and where its link is kept.
struct Program {
    bpf_program* (*program)(const tcpblame_bpf&);
    bpf_link** (*link)(tcpblame_bpf&);
};

/// Runs where the candidate's own program is skipped for running already on that CPU (bpf/cpu_state.h).
struct ReentryProgram {
    Program program;
    bpf_map* (*first)(const tcpblame_bpf&); ///< where it finds the candidate's own
    unsigned reentry_hook;                  ///< enum reentry_hook
};

/// One way to play a role: all of its programs, or none.
struct Candidate {
    const char* kind;         ///< "tracepoint", "fexit", "kprobe", …: what --hook calls it
    const char* attach_point; ///< "tp_btf/inet_sock_set_state"
    std::span<const Program> programs;
    const char* costs = nullptr; ///< what it costs, where that is more than nothing
    const char* loses = nullptr; ///< what it does not show that a better one would
    std::optional<ReentryProgram> reentry_program = std::nullopt;
    bool runs_undisturbed = false;   ///< nothing that its program is for happens while it runs
    bool opt_in = false;             ///< costs too much to be taken unasked: only by --hook
    bool needs_reset_reason = false; ///< shows it only where the tracepoint passes a reason (6.10)
    bool needs_reset_packet = false; ///< shows it only where tcp_reset() is given the packet (5.11)
};

struct Hook {
    const char* name; ///< as --hook has it: "write-failure"
    std::span<const Candidate> candidates;
    const char* without_it; ///< what no verdict can say then
    bool required;
};

std::span<const Hook> hooks();

} // namespace tcpblame::capture
