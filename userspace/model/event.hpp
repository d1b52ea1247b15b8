/// What was seen: one struct for each kind of event, as the core takes them.
///
/// Decoded from the kernel's events (bpf/wire.h) and from what userspace looked up; times are
/// nanoseconds of CLOCK_MONOTONIC.
#pragma once

#include "model/address.hpp"
#include "model/container_names.hpp"
#include "model/reset_packet.hpp"
#include "model/reset_reason.hpp"
#include "model/run.hpp"
#include "model/stack.hpp"
#include "model/task_name.hpp"
#include "model/verdict.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tcpblame::model {

/// include/net/tcp_states.h
enum class TcpState : std::uint8_t {
    kNone = 0,
    kEstablished = 1,
    kSynSent = 2,
    kSynRecv = 3,
    kFinWait1 = 4,
    kFinWait2 = 5,
    kTimeWait = 6,
    kClose = 7,
    kCloseWait = 8,
    kLastAck = 9,
    kListen = 10,
    kClosing = 11,
    kNewSynRecv = 12,
};

/// "ESTABLISHED", …; empty for kNone.
std::string_view name_of(TcpState state);

struct Stamp {
    EventId id;
    std::uint64_t time_ns = 0;

    bool operator==(const Stamp&) const = default;
};

enum class Syscall : std::uint8_t {
    kUnknown,
    kWrite,
    kWritev,
    kPwritev2,
    kSendto,
    kSendmsg,
    kSendmmsg,
    kSendfile,
    kSplice,
    kIoUringEnter,
    kClose,
    kShutdown,
    kConnect,
    kVmsplice,
    kTee,
    kRead,
    kReadv,
    kRecvfrom,
    kRecvmsg,
    kRecvmmsg,
    kGetsockopt,
};

/// "write", "sendto", …; empty for kUnknown.
std::string_view name_of(Syscall syscall);

/// The task that acted, or that holds the socket's lock.
struct Actor {
    std::uint32_t pid = 0;
    std::uint32_t tid = 0;
    TaskName comm;
    TaskName name;
    std::uint64_t cgroup_id = 0;
    bool exiting = false;        ///< the act is part of the process's end
    std::uint32_t exit_code = 0; ///< as wait() has it; valid while exiting
    Syscall syscall = Syscall::kUnknown;
    std::uint32_t own_pid = 0;  ///< the process, in its own pid namespace
    bool asked_for = false;     ///< the kernel's filter lets the task through
    bool kernel_thread = false; ///< it works for somebody else: never the one who did it

    bool operator==(const Actor&) const = default;
};

enum class LastSender : std::uint8_t {
    kUnknown, ///< nobody yet, both within a jiffy, or it is not known
    kUs,
    kPeer,
};

/// For how long neither side of a connection has sent data.
struct Idle {
    std::optional<std::uint32_t> ms; ///< to a jiffy; nullopt: not known
    LastSender last = LastSender::kUnknown;

    bool operator==(const Idle&) const = default;
};

/// How a socket stands at an event.
struct SocketView {
    std::uint64_t cookie = 0; ///< 0: none is known
    std::uint32_t netns = 0;
    Tuple tuple;
    TcpState state = TcpState::kNone;
    int error = 0;             ///< sk_err, positive
    int soft_error = 0;        ///< sk_err_soft, positive
    bool owned = false;        ///< a task holds its lock
    std::uint8_t shutdown = 0; ///< 1 receiving side, 2 sending side
    OpenedBy opened_by = OpenedBy::kUnknown;
    bool dead = false; ///< no process holds it
    bool linger_zero = false;
    bool mptcp = false;
    bool ktls = false;                ///< the kernel does TLS on it
    std::optional<bool> fin_received; ///< SOCK_DONE; nullopt: an older recording does not say
    Idle idle;

    bool operator==(const SocketView&) const = default;
};

/// How far the data got; sequence numbers wrap.
struct Progress {
    std::uint32_t snd_una = 0;
    std::uint32_t snd_nxt = 0;
    std::uint32_t write_seq = 0;
    std::uint32_t rcv_nxt = 0;
    std::uint32_t copied_seq = 0;
    std::uint32_t total_retrans = 0;
    std::uint64_t bytes_acked = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t opened_ns = 0; ///< 0: not known
    std::uint32_t user_timeout_ms = 0;
    std::uint32_t silent_ms = 0;  ///< since anything came from the peer
    std::uint8_t retransmits = 0; ///< of the oldest segment
    std::uint8_t probes = 0;

    bool operator==(const Progress&) const = default;
};

/// Does the file that the call's descriptor names now give an EPIPE? It may be another file than the one that failed.
enum class FileState : std::uint8_t { kNotAsked, kBroken, kWhole };

struct Call {
    std::optional<int> fd;
    std::optional<std::uint64_t> bytes;
    FileKind file = FileKind::kUnknown;
    std::uint64_t inode = 0;
    bool no_signal = false;      ///< MSG_NOSIGNAL
    bool unix_peer_gone = false; ///< unix socket: its other end is closed
    bool addressed = false;      ///< it names the address that it sends to
    FileState file_state = FileState::kNotAsked;

    bool operator==(const Call&) const = default;
};

struct StateChanged {
    Stamp stamp;
    SocketView socket; ///< .state is still the old one
    Progress progress;
    std::optional<Actor> actor;
    TcpState old_state = TcpState::kNone;
    TcpState new_state = TcpState::kNone;
    Stack stack;                          ///< where a process made the change
    bool by_reset = false;                ///< the socket accepted a RST: no ResetReceived comes for it
    bool last_close = false;              ///< the act of the last process that held it: no SocketDestroyed will come
    std::optional<std::uint32_t> snd_wnd; ///< to kClose: the window that the peer offered, in bytes
    bool no_route = false;                ///< to kClose: it had no route to the peer
    std::uint64_t sent_ns = 0; ///< when the kernel sent what it had kept of it, because something broke; 0: at once

    bool operator==(const StateChanged&) const = default;
};

enum class ResetKind : std::uint8_t { kActive, kPassive };

struct ResetSent {
    Stamp stamp;
    SocketView socket; ///< the sender; .state kNone where no socket sent it
    std::optional<Actor> actor;
    ResetKind kind = ResetKind::kActive;
    ResetReason reason = ResetReason::kUnknown;
    std::uint32_t segment_seq = 0;    ///< kPassive: of the provoking segment
    std::uint32_t segment_len = 0;    ///< kPassive: its payload
    bool segment_is_syn = false;      ///< kPassive
    std::uint32_t own_nxt = 0;        ///< kActive: the sender's snd_nxt
    std::optional<AcceptQueue> queue; ///< of the listener that sent it

    bool operator==(const ResetSent&) const = default;
};

struct ResetReceived {
    Stamp stamp;
    SocketView socket;
    Progress progress;
    std::optional<Actor> actor;
    std::optional<ResetPacket> packet = std::nullopt; ///< where the kernel lets us see it

    bool operator==(const ResetReceived&) const = default;
};

/// sk_err was set and the connection lives on.
struct ErrorReported {
    Stamp stamp;
    SocketView socket;
    Progress progress;
    std::optional<Actor> actor;

    bool operator==(const ErrorReported&) const = default;
};

/// A socket that had closed_while_held its connection is gone.
struct SocketDestroyed {
    Stamp stamp;
    SocketView socket;
    Progress progress;
    std::optional<Actor> actor;

    bool operator==(const SocketDestroyed&) const = default;
};

/// A send failed, or was taken by the kernel though the peer had closed.
struct SendReturned {
    Stamp stamp;
    SocketView socket;
    Progress progress;
    Actor actor;
    Call call;
    std::int32_t result = 0; ///< bytes, or a negative errno
    Stack stack;
    bool sigpipe_follows = false;   ///< reported before its SIGPIPE, where the kernel lets us see it on its way only
    std::optional<Actor> unix_peer; ///< who connected or listened at the other end of a unix socket

    bool operator==(const SendReturned&) const = default;
};

/// A receiving call took the socket's error (reported only where asked for).
struct ErrorReceived {
    Stamp stamp;
    SocketView socket;
    Progress progress;
    Actor actor;
    Call call;
    int error = 0; ///< a positive errno

    bool operator==(const ErrorReceived&) const = default;
};

enum class SignalHandler : std::uint8_t { kDefault, kIgnore, kFunction };

struct SigpipeSent {
    Stamp stamp;
    SocketView socket;
    Actor actor;
    Call call;
    bool ignored = false; ///< the kernel dropped it
    bool blocked = false; ///< by the thread's mask
    SignalHandler handler = SignalHandler::kDefault;
    Stack stack;
    /// Not kWrite: then there is no call.
    SignalOrigin origin = SignalOrigin::kWrite;
    std::optional<Actor> sender;    ///< where somebody sent it
    std::optional<Actor> unix_peer; ///< as SendReturned has it

    bool operator==(const SigpipeSent&) const = default;
};

struct ProcessExited {
    Stamp stamp;
    Actor actor;

    bool operator==(const ProcessExited&) const = default;
};

/// A parent, or a parent's parent, by its main thread's name.
struct Ancestor {
    std::uint32_t pid = 0; ///< 0: not visible in the tracer's pid namespace
    TaskName name;

    bool operator==(const Ancestor&) const = default;
};

/// A signal ends a process, or asks it to end.
struct SignalSent {
    Stamp stamp;
    Actor target;
    int signal = 0;
    SignalOrigin origin = SignalOrigin::kUnknown;
    bool handled = false;              ///< by a function of the process: it is asked, not killed
    std::uint64_t address = 0;         ///< kFault: that the process touched
    std::optional<Actor> sender;       ///< where a task sent it
    std::vector<Ancestor> ancestors;   ///< of the sender, its parent first
    std::optional<MemoryLimit> memory; ///< of the kernel's SIGKILL: the memory cgroup that was at its limit

    bool operator==(const SignalSent&) const = default;
};

/// The OOM killer has killed a process: its SIGKILL came just before.
struct OomKilled {
    Stamp stamp;
    std::uint32_t pid = 0;

    bool operator==(const OomKilled&) const = default;
};

/// A connection that was there before the attach.
struct SocketExisted {
    Stamp stamp;
    SocketView socket;
    Progress progress;
    Actor actor; ///< who holds it
    int fd = -1;

    bool operator==(const SocketExisted&) const = default;
};

/// The other end of a connection that broke, as a search among all open files found it just after: nothing had been
/// heard of it, for nothing has happened to it.
struct PeerFound {
    Stamp stamp;
    SocketView socket;
    Progress progress;
    Actor actor; ///< who holds it
    int fd = -1;

    bool operator==(const PeerFound&) const = default;
};

/// Who could read a pipe, or held the other end of a unix socket: at the attach; or until it closed that, as the last.
struct HolderFound {
    Stamp stamp;
    Actor holder;
    FileKind file = FileKind::kUnknown;
    std::uint64_t inode = 0;    ///< of the end that would write to it
    std::uint64_t ended_ns = 0; ///< when it ceased to; 0: it was found at the attach

    bool operator==(const HolderFound&) const = default;
};

/// Userspace: it is at least this late, and every event older than this has been handed over.
struct TimePassed {
    std::uint64_t now_ns = 0;

    bool operator==(const TimePassed&) const = default;
};

/// Userspace: events were lost.
struct EventsLost {
    LostEvents lost;

    bool operator==(const EventsLost&) const = default;
};

/// A file that a process has mapped.
struct Mapping {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint64_t file_offset = 0;
    std::string path;

    bool operator==(const Mapping&) const = default;
};

/// Userspace: what /proc says of a process.
struct ProcessKnown {
    std::uint64_t time_ns = 0;
    std::uint32_t pid = 0;
    std::string exe;
    std::string cgroup;
    std::vector<Mapping> mappings; ///< executable ones, by address
    bool is_another = false;       ///< than the one that had the pid in an earlier ProcessKnown
    std::string argv = {};         ///< as ProcessNames has it
    ContainerNames container = {}; ///< of the one that `cgroup` is of

    bool operator==(const ProcessKnown&) const = default;
};

/// Userspace: the path of a cgroup's id.
struct CgroupKnown {
    std::uint64_t id = 0;
    std::string path;
    ContainerNames container = {}; ///< of the one that `path` is of

    bool operator==(const CgroupKnown&) const = default;
};

/// What userspace finds out itself, without a frame of the kernel's.
using LookedUp = std::variant<TimePassed, EventsLost, ProcessKnown, CgroupKnown, ClockSet>;

using Event = std::variant<StateChanged, ResetSent, ResetReceived, ErrorReported, SocketDestroyed, SendReturned,
                           ErrorReceived, SigpipeSent, ProcessExited, SocketExisted, TimePassed, EventsLost,
                           ProcessKnown, CgroupKnown, HolderFound, ClockSet, PeerFound, SignalSent, OomKilled>;

} // namespace tcpblame::model
