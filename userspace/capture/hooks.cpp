#include "capture/hooks.hpp"

#include "bpf/config.h" // the skeleton needs it
#include "tcpblame.skel.h"

#include <array>

namespace tcpblame::capture {
namespace {

#define PROGRAM(name)                                                                                                  \
    Program {                                                                                                          \
        [](const tcpblame_bpf& skeleton) { return skeleton.progs.name; },                                              \
            [](tcpblame_bpf& skeleton) { return &skeleton.links.name; }                                                \
    }

#define MAP(name) [](const tcpblame_bpf& skeleton) { return skeleton.maps.name; }

constexpr std::array kState{PROGRAM(on_state)};
constexpr std::array kStateBy{
    Candidate{.kind = "tracepoint",
              .attach_point = "tp_btf/inet_sock_set_state",
              .programs = kState,
              .reentry_program = ReentryProgram{PROGRAM(on_state_nested), MAP(first_of_state), REENTRY_STATE}}};

constexpr std::array kResetSent{PROGRAM(on_reset_sent)};
constexpr std::array kResetSentBy{Candidate{
    .kind = "tracepoint",
    .attach_point = "raw_tp/tcp_send_reset",
    .programs = kResetSent,
    .reentry_program = ReentryProgram{PROGRAM(on_reset_sent_nested), MAP(first_of_reset_sent), REENTRY_RESET_SENT}}};

constexpr std::array kUnownedFentry{PROGRAM(on_reset_unowned_v4_fentry), PROGRAM(on_reset_unowned_v6_fentry)};
constexpr std::array kUnownedKprobe{PROGRAM(on_reset_unowned_v4_kprobe), PROGRAM(on_reset_unowned_v6_kprobe)};
constexpr std::array kUnownedBy{
    Candidate{
        .kind = "tracepoint", .attach_point = "raw_tp/tcp_send_reset", .programs = {}, .needs_reset_reason = true},
    Candidate{
        .kind = "fentry", .attach_point = "fentry/tcp_v4_send_reset, tcp_v6_send_reset", .programs = kUnownedFentry},
    Candidate{
        .kind = "kprobe", .attach_point = "kprobe/tcp_v4_send_reset, tcp_v6_send_reset", .programs = kUnownedKprobe}};

constexpr std::array kResetReceived{PROGRAM(on_reset_received)};
constexpr std::array kResetReceivedBy{
    Candidate{.kind = "tracepoint",
              .attach_point = "tp_btf/tcp_receive_reset",
              .programs = kResetReceived,
              .reentry_program = ReentryProgram{PROGRAM(on_reset_received_nested), MAP(first_of_reset_received),
                                                REENTRY_RESET_RECEIVED}}};

constexpr std::array kResetPacket{PROGRAM(on_reset_packet)};
constexpr std::array kResetPacketBy{Candidate{
    .kind = "fentry", .attach_point = "fentry/tcp_reset", .programs = kResetPacket, .needs_reset_packet = true}};

constexpr std::array kStreamErrorFexit{PROGRAM(on_stream_error_fexit)};
constexpr std::array kStreamErrorKprobe{PROGRAM(on_stream_error_kprobe)};
constexpr std::array kSend{PROGRAM(on_send)};
constexpr std::array kSyscallExit{PROGRAM(on_syscall_exit)};
constexpr const char* kOnlyWithSigpipe =
    "a write to a unix socket that fails without a SIGPIPE, and the write that a closed peer's host will answer";
constexpr std::array kWriteFailureBy{
    Candidate{.kind = "fexit",
              .attach_point = "fexit/sk_stream_error",
              .programs = kStreamErrorFexit,
              .loses = kOnlyWithSigpipe},
    Candidate{.kind = "kprobe",
              .attach_point = "kprobe/sk_stream_error",
              .programs = kStreamErrorKprobe,
              .loses = kOnlyWithSigpipe},
    Candidate{.kind = "tracepoint",
              .attach_point = "tp_btf/sock_send_length",
              .programs = kSend,
              .costs = "a program runs for every send; it ends at its first test where the send succeeded"},
    Candidate{.kind = "syscall",
              .attach_point = "tp_btf/sys_exit",
              .programs = kSyscallExit,
              .costs = "every system call of every thread of this machine gets slower",
              .loses = "writes by io_uring, and the write that a closed peer's host will answer",
              .opt_in = true}};

constexpr std::array kSigpipe{PROGRAM(on_signal)};
constexpr std::array kSigpipeBy{
    Candidate{.kind = "tracepoint", .attach_point = "tp_btf/signal_generate", .programs = kSigpipe}};

constexpr std::array kOom{PROGRAM(on_oom)};
constexpr std::array kOomBy{Candidate{.kind = "tracepoint", .attach_point = "tp_btf/mark_victim", .programs = kOom}};

constexpr std::array kDestroyed{PROGRAM(on_destroyed)};
constexpr std::array kDestroyedBy{Candidate{
    .kind = "tracepoint", .attach_point = "tp_btf/tcp_destroy_sock", .programs = kDestroyed, .runs_undisturbed = true}};

constexpr std::array kErrorReport{PROGRAM(on_error_report)};
constexpr std::array kErrorReportFentry{PROGRAM(on_error_report_fentry)};
constexpr std::array kErrorReportBy{
    Candidate{.kind = "tracepoint",
              .attach_point = "tp_btf/inet_sk_error_report",
              .programs = kErrorReport,
              .reentry_program =
                  ReentryProgram{PROGRAM(on_error_report_nested), MAP(first_of_error_report), REENTRY_ERROR_REPORT}},
    Candidate{.kind = "fentry", .attach_point = "fentry/sock_def_error_report", .programs = kErrorReportFentry}};

constexpr std::array kExit{PROGRAM(on_exit)};
constexpr std::array kExitBy{
    Candidate{.kind = "tracepoint", .attach_point = "tp_btf/sched_process_exit", .programs = kExit}};

constexpr std::array kPipeReleaseFentry{PROGRAM(on_pipe_release_fentry)};
constexpr std::array kPipeReleaseKprobe{PROGRAM(on_pipe_release_kprobe)};
constexpr std::array kPipeReleaseBy{
    Candidate{.kind = "fentry", .attach_point = "fentry/pipe_release", .programs = kPipeReleaseFentry},
    Candidate{.kind = "kprobe", .attach_point = "kprobe/pipe_release", .programs = kPipeReleaseKprobe}};

constexpr std::array kUnixReleaseFentry{PROGRAM(on_unix_release_fentry)};
constexpr std::array kUnixReleaseKprobe{PROGRAM(on_unix_release_kprobe)};
constexpr std::array kUnixReleaseBy{
    Candidate{.kind = "fentry", .attach_point = "fentry/unix_release", .programs = kUnixReleaseFentry},
    Candidate{.kind = "kprobe", .attach_point = "kprobe/unix_release", .programs = kUnixReleaseKprobe}};

constexpr std::array kReceive{PROGRAM(on_receive)};
constexpr std::array kReceiveBy{Candidate{.kind = "tracepoint",
                                          .attach_point = "tp_btf/sock_recv_length",
                                          .programs = kReceive,
                                          .costs = "a program runs for every receive"}};

constexpr std::array kExisting{PROGRAM(on_existing)};
constexpr std::array kExistingBy{
    Candidate{.kind = "iterator", .attach_point = "iter/task_file", .programs = kExisting}};

constexpr std::array kFork{PROGRAM(on_fork)};
constexpr std::array kForkBy{
    Candidate{.kind = "tracepoint", .attach_point = "tp_btf/sched_process_fork", .programs = kFork}};

constexpr std::array kRename{PROGRAM(on_rename)};
constexpr std::array kRenameBy{
    Candidate{.kind = "tracepoint", .attach_point = "tp_btf/task_rename", .programs = kRename}};

#undef PROGRAM
#undef MAP

constexpr std::array kHooks{
    Hook{"state-change", kStateBy, "how a connection ended, and who closed it", true},
    Hook{"rst-sent", kResetSentBy, "why this host sent a RST", true},
    Hook{"rst-sent-without-socket", kUnownedBy, "that this host answered a segment for which it had no socket", false},
    Hook{"rst-received", kResetReceivedBy, "that a RST ended a connection", true},
    Hook{"rst-packet", kResetPacketBy, "by which interface a RST came, and from how far", false},
    Hook{"write-failure", kWriteFailureBy, "writes that failed without a SIGPIPE", true},
    Hook{"sigpipe", kSigpipeBy, "that a write got SIGPIPE, and who killed a process", true},
    Hook{"oom-kill", kOomBy, "that the OOM killer ended a process", false},
    Hook{"socket-destroyed", kDestroyedBy, "when a process closed a broken connection", true},
    Hook{"error-reported", kErrorReportBy, "errors that left the connection open", false},
    Hook{"process-exit", kExitBy, "that a SIGPIPE really killed the process", true},
    Hook{"pipe-closed", kPipeReleaseBy, "who closed a pipe's reading end and lived on", false},
    Hook{"unix-closed", kUnixReleaseBy, "who closed a unix socket and lived on", false},
    Hook{"existing-sockets", kExistingBy, "what was open before the attach, and who held it", true},
    Hook{"read-failure", kReceiveBy, "which receiving call took a socket's error", true},
    Hook{"fork", kForkBy, "the children of a process", true},
    Hook{"rename", kRenameBy, "threads that take a name that is asked for", false},
};

} // namespace

std::span<const Hook> hooks() { return kHooks; }

} // namespace tcpblame::capture
