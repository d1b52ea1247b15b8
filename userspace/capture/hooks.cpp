#include "capture/hooks.hpp"

#include "bpf/config.h" // the skeleton needs it
#include "bpf/running.h"
#include "tcpblame.skel.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>

namespace tcpblame::capture {
namespace {

#define TCPBLAME_PROGRAM(name)                                                                                         \
    Program {                                                                                                          \
        [](const tcpblame_bpf& skeleton) { return skeleton.progs.name; },                                              \
            [](tcpblame_bpf& skeleton) { return &skeleton.links.name; }                                                \
    }

constexpr std::array kHooks{
    Hook{"state change", "tp_btf/inet_sock_set_state", TCPBLAME_PROGRAM(on_state),
         "how a connection ended, and who closed it", StandIn{TCPBLAME_PROGRAM(on_state_nested), RUNNING_STATE}},
    Hook{"RST sent", "raw_tp/tcp_send_reset", TCPBLAME_PROGRAM(on_reset_sent), "why this host sent a RST",
         StandIn{TCPBLAME_PROGRAM(on_reset_sent_nested), RUNNING_RESET_SENT}},
    Hook{"RST received", "tp_btf/tcp_receive_reset", TCPBLAME_PROGRAM(on_reset_received),
         "that a RST ended a connection", StandIn{TCPBLAME_PROGRAM(on_reset_received_nested), RUNNING_RESET_RECEIVED}},
    Hook{"failing send", "tp_btf/sock_send_length", TCPBLAME_PROGRAM(on_send), "writes that failed without a SIGPIPE"},
    Hook{"SIGPIPE", "tp_btf/signal_generate", TCPBLAME_PROGRAM(on_sigpipe), "that a write got SIGPIPE"},
    Hook{"socket destroyed", "tp_btf/tcp_destroy_sock", TCPBLAME_PROGRAM(on_destroyed),
         "when a process let go of a broken connection",
         StandIn{TCPBLAME_PROGRAM(on_destroyed_nested), RUNNING_DESTROYED}},
    Hook{"error reported", "tp_btf/inet_sk_error_report", TCPBLAME_PROGRAM(on_error_report),
         "errors that left the connection open",
         StandIn{TCPBLAME_PROGRAM(on_error_report_nested), RUNNING_ERROR_REPORT}},
    Hook{"process exit", "tp_btf/sched_process_exit", TCPBLAME_PROGRAM(on_exit),
         "that a SIGPIPE really killed the process"},
    Hook{"error received", "tp_btf/sock_recv_length", TCPBLAME_PROGRAM(on_receive),
         "which receiving call took a socket's error"},
    Hook{"fork", "tp_btf/sched_process_fork", TCPBLAME_PROGRAM(on_fork), "the children of a process"},
};

#undef TCPBLAME_PROGRAM

/// False where it cannot be attached; errno says why.
bool attach(tcpblame_bpf& skeleton, const Program& program) {
    if (!bpf_program__autoload(program.program(skeleton))) return true; // not wanted in this run
    bpf_link*& link = *program.link(skeleton);
    link = bpf_program__attach(program.program(skeleton));
    return link != nullptr;
}

} // namespace

std::span<const Hook> hooks() { return kHooks; }

Result<void> attach_hooks(tcpblame_bpf& skeleton) {
    for (const Hook& hook : kHooks) {
        // The stand-in first: there is to be no moment at which it is missed.
        if ((!hook.stand_in || attach(skeleton, hook.stand_in->program)) && attach(skeleton, hook.program)) continue;
        return fail(ExitCode::kKernelCannot, fmt::format("cannot attach to {}", hook.attach_point),
                    fmt::format("{}; without it no verdict could say {}", std::strerror(errno), hook.without_it),
                    "use a kernel that has this tracepoint (tcpblame was tested on Linux 6.18)");
    }
    return {};
}

} // namespace tcpblame::capture
