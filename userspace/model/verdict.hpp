/// What the reconstruction reports: who broke a connection, and the evidence for saying so.
///
/// Codes and facts only: render/wording makes the sentences. A member that is not known is empty (nullopt, "", an empty
/// vector) and is left out of every output; nothing here is ever guessed.
#pragma once

#include "model/address.hpp"
#include "model/cause.hpp"
#include "model/container_names.hpp"
#include "model/reset_packet.hpp"
#include "model/reset_reason.hpp"
#include "model/rule.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::model {

/// An event's name: printed as CPU:SEQUENCE.
struct EventId {
    std::uint32_t cpu = 0;
    std::uint64_t sequence = 0;

    auto operator<=>(const EventId&) const = default;
};

struct Process {
    std::uint32_t pid = 0;     ///< the process (tgid), as the tracer's pid namespace sees it
    std::uint32_t tid = 0;     ///< the thread; 0 where only the process is known
    std::string comm;          ///< the thread's name: untrusted bytes
    std::string name;          ///< the process's name (its main thread's comm): untrusted bytes
    std::string exe;           ///< untrusted bytes
    std::string cgroup;        ///< path below the cgroup root: untrusted bytes
    std::uint32_t own_pid = 0; ///< the process in its own pid namespace, where that differs; else 0
    std::optional<int> fd;     ///< of the socket, where the process is reported as its owner
    std::string host;          ///< where that is another one than the verdict's: untrusted bytes
    bool asked_for = false;    ///< as Actor has it
    std::shared_ptr<const ProcessNames> names = {}; ///< nullptr: none are known

    [[nodiscard]] std::string_view argv() const { return names ? std::string_view(names->argv) : std::string_view(); }
    /// Of the container that `cgroup` is of; nullptr where none of its names is known.
    [[nodiscard]] const ContainerNames* container() const {
        return names && !names->container.empty() ? &names->container : nullptr;
    }
};

struct StackFrame {
    std::uint64_t address = 0; ///< user-space instruction pointer; 0 where only module and offset are known
    std::string module;        ///< the file mapped there, its base name: untrusted bytes
    std::uint64_t offset = 0;  ///< from the start of the module's file; valid where module or build_id is set
    std::string build_id;      ///< lower-case hex
    std::string path;          ///< of the module, as the process saw it: untrusted bytes
    std::string function;      ///< demangled; untrusted bytes
    std::uint64_t function_offset = 0;
    std::string file; ///< source file: untrusted bytes
    int line = 0;
    /// The compiler has put the function's code into that of the next frame, whose address this is, too.
    bool is_inlined = false;
    /// Of the innermost frame: the stack from its stack pointer up, and the link register. Its caller's address may be
    /// there alone.
    std::vector<std::uint64_t> stack_words;
    std::uint64_t link_register = 0; ///< 0 where the architecture has none
    bool is_code = false;            ///< whoever unwound the stack has seen that it is

    bool operator==(const StackFrame&) const = default;
};

enum class FileKind : std::uint8_t { kUnknown, kTcp, kMptcp, kKtls, kUnix, kPipe, kOther };
std::string_view code_of(FileKind kind);

/// The system call that failed.
struct FailedWrite {
    std::string syscall; ///< "write", "sendto", …; empty where it is not known
    std::optional<int> fd;
    std::optional<std::uint64_t> bytes; ///< what the caller asked to write
    int error = 0;                      ///< a positive errno value
    FileKind file = FileKind::kUnknown;
};

/// What became of the SIGPIPE that a failing write is due.
enum class Disposition : std::uint8_t { kNone, kKilled, kHandled, kIgnored, kBlocked, kSuppressed };
std::string_view code_of(Disposition disposition); ///< "killed", …; empty for kNone

enum class OpenedBy : std::uint8_t { kUnknown, kUs, kPeer };
std::string_view code_of(OpenedBy opened_by); ///< "us", "peer"; empty for kUnknown

struct ConnectionFacts {
    std::string id; ///< the socket's cookie, in hex
    Tuple tuple;
    std::uint32_t netns = 0; ///< inode number of the network namespace; 0 where not known
    OpenedBy opened_by = OpenedBy::kUnknown;
};

struct ByteCounts {
    std::optional<std::uint64_t> unacknowledged; ///< written, never acknowledged by the peer's host
    std::optional<std::uint64_t> unread;         ///< received, and not read when the connection ended
    std::optional<std::uint64_t> sent;           ///< acknowledged + unacknowledged payload
    std::optional<std::uint64_t> received;       ///< payload
    /// Acknowledged by the peer's kernel, and not read when its end was closed.
    std::optional<std::uint64_t> unread_by_peer = {};
};

/// What the process that ended the connection did.
enum class Act : std::uint8_t {
    kClose,
    kShutdown,
    kExit,
    kKilled,
    kDisconnect,          ///< connect(AF_UNSPEC)
    kListenerClosed,      ///< the listener was closed with the connection in its accept queue
    kHeldOtherEnd,        ///< held the other end of a pipe or unix socket when tcpblame attached
    kAcceptQueueOverflow, ///< the accept queue was full and tcp_abort_on_overflow set; no process did it
    kConnectedOtherEnd,   ///< connected, or listened, at the other end of a unix socket (SO_PEERCRED)
};
std::string_view code_of(Act act);

/// An act, and how it was done.
struct Deed {
    Act act = Act::kClose;
    bool linger_zero = false; ///< SO_LINGER {1, 0} turned the close into a RST
    std::uint64_t unread = 0; ///< bytes in its receive queue that nobody had read
    int signal = 0;           ///< kKilled: by which signal
    int exit_status = 0;      ///< kExit: with which status
};

/// What was done at the other end, where that is on this host or in a recording of its own.
struct PeerAct : Deed {
    Process process;        ///< .pid 0: the act is no process's
    std::int64_t at_ns = 0; ///< relative to the verdict's moment, so usually negative
    std::vector<StackFrame> stack;
};

/// Where a signal came from.
enum class SignalOrigin : std::uint8_t {
    kWrite,        ///< a failing write
    kProcess,      ///< kill(), raise() and their kin
    kTimer,        ///< a POSIX timer
    kParent,       ///< PR_SET_PDEATHSIG: the parent died
    kKernel,       ///< else: F_SETSIG, mq_notify(), a child's exit signal
    kUnknown,      ///< an older recording does not say
    kCgroup,       ///< somebody wrote to cgroup.kill
    kPidNamespace, ///< the first process of its pid namespace ended
    kTerminal,     ///< a terminal's keys, or its end
    kFault,        ///< an instruction of the process itself
};
std::string_view code_of(SignalOrigin origin); ///< "process", …; empty for kWrite and kUnknown

/// A listener's queue of connections that nobody has accepted.
struct AcceptQueue {
    std::uint32_t length = 0;
    std::uint32_t limit = 0;   ///< what listen() was given, cut to net.core.somaxconn
    std::uint32_t dropped = 0; ///< SYNs and last segments of handshakes, since it listens
    bool aborts_on_overflow = false;

    bool operator==(const AcceptQueue&) const = default;
};

/// A memory cgroup that could have no more.
struct MemoryLimit {
    std::string cgroup; ///< the last component of its path; empty for a root: untrusted bytes
    std::uint64_t used = 0;
    std::uint64_t limit = 0;

    bool operator==(const MemoryLimit&) const = default;
};

/// Why what ended the connection came about. Codes are part of the JSON contract: append, never rename.
enum class ReasonCode : std::uint8_t {
    kKilled,       ///< the process at the other end was killed
    kExited,       ///< the process at the other end ended by itself
    kCrossed,      ///< what was written and the peer's FIN crossed
    kWindowClosed, ///< the peer's window was closed: its host answered, its program did not read
    kNoRoute,      ///< this host could send nothing
    kFilteredHere, ///< the peer had got the data; its answers did not reach our socket
    kQueueFull,    ///< the listener's queue was full, and had dropped the handshake's last segment
    kAddressMoved, ///< another host or network namespace answers at that address now
    kOomKilled,    ///< the process at the other end was killed by the OOM killer
    kAskedToStop,  ///< it had been sent SIGTERM, SIGINT, SIGHUP or SIGQUIT before it closed
    kIdle,         ///< nobody had sent data for as long as an idle timer waits
    kUnanswered,   ///< the peer closed and had sent nothing after what it was sent last
    kPassedOn,     ///< the peer's process is a proxy: its other connection had ended just before
    kStateLost,    ///< what translates between the two ends knows of the connection no more
    kFirewall,     ///< what was sent was turned away on its way, by a RST or an ICMP error
};
inline constexpr int kReasonCount = static_cast<int>(ReasonCode::kFirewall) + 1;
std::string_view code_of(ReasonCode code); ///< "killed", …

/// One link of the chain of reasons.
struct Reason {
    ReasonCode code = ReasonCode::kKilled;
    Confidence confidence = Confidence::kUnknown;
    std::optional<std::int64_t> at_ns; ///< relative to the verdict's moment
    std::optional<Process> process;
    int signal = 0;                     ///< kKilled, kAskedToStop: which signal
    int exit_status = 0;                ///< kExited
    std::optional<std::uint64_t> bytes; ///< that it is about
    std::optional<AcceptQueue> queue;
    SignalOrigin origin = SignalOrigin::kUnknown; ///< of the signal
    std::optional<Process> sender;                ///< of the signal, where a process sent it
    std::vector<Process> ancestors;               ///< of the sender: its parent, that one's parent, …
    std::optional<MemoryLimit> memory;            ///< kOomKilled: nullopt where no memory cgroup was at its limit
    std::optional<std::uint64_t> address;         ///< kFault: that the process touched
    std::optional<std::uint64_t> lasted_ns;       ///< kIdle, kUnanswered: since data was sent last, until the close;
                                                  ///< kPassedOn: since the other connection had ended;
                                                  ///< kStateLost: since data was sent last, until the RST
    std::optional<ConnectionFacts> connection;    ///< kPassedOn: the other one, as the proxy has it
    std::optional<PeerAct> peer;                  ///< kPassedOn: by which that ended, where it is known
    bool by_reset = false;                        ///< kPassedOn: and it ended by a RST; kFirewall: by a RST, too
    std::vector<EventId> evidence;
};

/// Where the RST came from that ended the connection, where more is known than that it came.
enum class ResetOrigin : std::uint8_t {
    kUnknown,
    kPeer,    ///< the other end's socket, or its host in its name
    kBetween, ///< neither end's: something between the two
};
std::string_view code_of(ResetOrigin origin); ///< "peer", "between"; empty for kUnknown

/// What an ICMP error said, as far as the errno says it (net/ipv4/icmp.c: icmp_err_convert; net/ipv6/icmp.c:
/// tab_unreach).
enum class IcmpKind : std::uint8_t {
    kNone,
    kPortUnreachable,
    kHostUnreachable, ///< or the time exceeded, or filtered
    kNetUnreachable,
    kProtocolUnreachable,
    kAdministrativelyProhibited,
    kParameterProblem,
};
std::string_view code_of(IcmpKind kind); ///< "port-unreachable", …; empty for kNone

/// The other end, as another recording has it.
struct JoinedEnd {
    std::string host;              ///< where that was made: untrusted bytes
    std::string id;                ///< the other end's socket there, as ConnectionFacts has it
    std::vector<EventId> evidence; ///< the events there that the verdict rests on
};

/// Which timer gave the connection up.
enum class TimeoutKind : std::uint8_t { kRetransmission, kUserTimeout, kKeepalive, kZeroWindow };
std::string_view code_of(TimeoutKind kind);

struct Timeout {
    TimeoutKind kind = TimeoutKind::kRetransmission;
    std::uint32_t retransmits = 0;     ///< of the oldest segment
    std::uint32_t probes = 0;          ///< keepalive or zero-window probes without an answer
    std::uint32_t user_timeout_ms = 0; ///< TCP_USER_TIMEOUT; 0: not set
    std::uint32_t silent_ms = 0;       ///< since anything had come from the peer
};

enum class TimelineEvent : std::uint8_t {
    kFinReceived,
    kFinSent,
    kWritten, ///< a write that the kernel accepted though the peer had closed
    kRstReceived,
    kRstSent,
    kErrorTaken, ///< a call that is not this write took the socket's error
    kWriteFailed,
    kClosed,
};
std::string_view code_of(TimelineEvent event); ///< "fin-received", …

/// What a row of the timeline says besides.
enum class TimelineNote : std::uint8_t {
    kNone,
    kPeerClosed,   ///< it is not known who closed it
    kPeerDid,      ///< .name did .deed
    kShutDown,     ///< by the thread .tid, called .name
    kOurSide,      ///< our own side was closed
    kQueued,       ///< the write succeeded; the peer's host rejected what it sent
    kAcknowledged, ///< the write succeeded, and the peer acknowledged it
    kDrewReset,    ///< the write succeeded; what it sent was answered with the RST
    kRefused,      ///< the RST answered our SYN
    kNoConnection, ///< the RST answered a segment of a connection that no longer exists
    kPeerAborted,  ///< the peer's socket aborted, by nobody's act that was seen
    kTaken,        ///< by .syscall in the thread .tid
};

struct TimelineEntry {
    std::int64_t at_ns = 0; ///< relative to the verdict's moment
    TimelineEvent event = TimelineEvent::kClosed;
    std::string state; ///< our socket's TCP state after it, e.g. "CLOSE_WAIT"; empty where not known
    std::optional<std::uint64_t> bytes;
    int error = 0; ///< kWriteFailed, kErrorTaken: positive errno
    Confidence evidence = Confidence::kObserved;
    TimelineNote note = TimelineNote::kNone;
    std::string name;         ///< kPeerDid: the process's; kShutDown: the thread's: untrusted bytes
    Deed deed;                ///< kPeerDid
    std::uint32_t tid = 0;    ///< kShutDown, kTaken; 0 where it is not known
    std::string_view syscall; ///< kTaken; empty where it is not known
};

/// How long a socket was in a state.
struct StateSpan {
    std::string state;
    std::uint64_t ns = 0;
};

enum class VerdictKind : std::uint8_t {
    kFailedWrite, ///< JSON type "verdict"
    kTeardown,    ///< JSON type "teardown": a connection that broke, whether or not a write failed
};

/// Of what all that was known has been evicted to keep within a limit of memory.
enum class Evicted : std::uint8_t { kNothing, kConnection, kOtherEnd };

/// How the other end had ended when its host answered that it does not know the connection.
enum class OtherEnd : std::uint8_t {
    kUnknown,
    kClosed,
    kNotSeenClosed,
    kGaveUp,         ///< a timer or the network ended it, with Circumstances::other_end_error
    kClosedSilently, ///< without a FIN or a RST, as TCP_REPAIR does it
};

/// What a rule has found besides its claim. What does not concern the rule keeps its default.
struct Circumstances {
    Evicted evicted = Evicted::kNothing;
    /// Our own side ended it: the process, where it is another than the one that wrote.
    std::optional<Process> other_holder;
    int socket_error = 0;           ///< with which our socket ended, or which the network reported of it
    bool reset_came = false;        ///< kLocalShutdown: a RST came as well
    bool reset_sender_seen = false; ///< kRefused: a host's kernel was seen to send the RST
    bool never_used = false;        ///< kNeverConnected: no connect() has even begun
    bool of_other_end = false;      ///< kAdminKillUnseen: the other end's socket was aborted
    bool nothing_sent = false;      ///< kTimedOut: no packet could leave this host
    bool sent_to_itself = false;    ///< kSentByProcess
    bool both_closed = false;       ///< kOrderly: the peer closed its side as well
    bool both_reset = false;        ///< kBetween: a RST came to the other end as well
    bool other_end_reset = false;   ///< kUnknownConnection: a RST had ended the other end
    bool half_closed_before_attach = false;
    std::optional<std::uint64_t> half_closed_ns; ///< for how long the peer's sending side had been shut down
    OtherEnd other_end = OtherEnd::kUnknown;
    int other_end_error = 0;
};

struct Verdict {
    VerdictKind kind = VerdictKind::kFailedWrite;
    std::string host;               ///< where it happened, where recordings of several are reported: untrusted bytes
    std::uint64_t monotonic_ns = 0; ///< CLOCK_MONOTONIC of the failing write, or of the break
    Cause cause = Cause::kUnknown;
    Confidence confidence = Confidence::kUnknown;
    Rule rule = Rule::kNobody;
    std::vector<Modifier> modifiers;
    Circumstances circumstances;

    std::optional<Process> process; ///< who is reported about: the writer, or the socket's owner
    std::optional<FailedWrite> write;
    Disposition disposition = Disposition::kNone;
    std::optional<ConnectionFacts> connection;
    /// As the other end has it, where that is known and addresses or ports are rewritten between the two.
    std::optional<ConnectionFacts> translated;
    ByteCounts bytes;
    std::optional<PeerAct> peer;
    std::optional<Timeout> timeout;
    std::vector<Reason> why; ///< the nearest first
    ResetOrigin reset_origin = ResetOrigin::kUnknown;
    std::optional<ResetPacket> reset_packet;          ///< of the RST that came, where that was seen
    ResetReason reset_reason = ResetReason::kUnknown; ///< of the kernel that sent it, where that is known
    IcmpKind icmp = IcmpKind::kNone;
    std::optional<Process> killed_by; ///< who aborted the socket from outside
    SignalOrigin signal_origin = SignalOrigin::kWrite;
    std::optional<Process> sender;              ///< of a SIGPIPE that no write drew
    OpenedBy closed_first = OpenedBy::kUnknown; ///< whose FIN came first
    std::vector<StateSpan> states;              ///< kTeardown with every state reported: how long each lasted
    std::vector<TimelineEntry> timeline;        ///< by time
    std::vector<StackFrame> stack;              ///< of the failing write, innermost first
    std::vector<EventId> evidence;
    std::optional<JoinedEnd> joined;
    EventId event;               ///< that made it one: no other of this kind and run has it; .sequence 0: not known
    std::uint32_t recording = 0; ///< where several are reported: its place in RunStart::recordings
    /// A break counts once, however many verdicts it has: by this one.
    bool primary = false;
    /// kTeardown: a failed write on this connection was reported, or will be; for a person that says it all.
    bool write_failed = false;
    std::uint64_t lost_events = 0; ///< events known to be lost in the time that the verdict speaks of
};

/// The process whose deed at the other end broke it; nullptr where none is known, or only that it once held that end.
inline const Process* culprit_of(const Verdict& verdict) {
    if (!verdict.peer || verdict.peer->process.pid == 0 || verdict.cause == Cause::kOrderly) return nullptr;
    const Act act = verdict.peer->act;
    return act != Act::kHeldOtherEnd && act != Act::kConnectedOtherEnd ? &verdict.peer->process : nullptr;
}

} // namespace tcpblame::model
