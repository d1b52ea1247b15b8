#include "wire/decoder.hpp"

#include "bpf/wire.h"
#include "wire/user_frames.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <string_view>

namespace tcpblame::wire {
namespace {

using namespace model;

/// How long a frame was before fields were appended to it: recordings may have such ones.
template <typename Wire>
constexpr std::size_t kFirstSize = sizeof(Wire);
template <>
constexpr std::size_t kFirstSize<wire_act> = offsetof(wire_act, link_register);
template <>
constexpr std::size_t kFirstSize<wire_reset_received> = offsetof(wire_reset_received, packet);
template <>
constexpr std::size_t kFirstSize<wire_reset_sent> = offsetof(wire_reset_sent, queue_length);
template <>
constexpr std::size_t kFirstSize<wire_send> = offsetof(wire_send, link_register);
template <>
constexpr std::size_t kFirstSize<wire_sigpipe> = offsetof(wire_sigpipe, link_register);
template <>
constexpr std::size_t kFirstSize<wire_holder> = offsetof(wire_holder, ended_ns);

/// A copy, as a recording's frames are not aligned; what was appended later and is missing is zero.
template <typename Wire>
bool copy(Frame frame, Wire& wire) {
    if (frame.size() < kFirstSize<Wire>) return false;
    if (frame.size() < sizeof(wire)) wire = {};
    std::memcpy(&wire, frame.data(), std::min(frame.size(), sizeof(wire)));
    return true;
}

TaskName name_in(const char (&bytes)[16]) { return std::string_view(bytes, strnlen(bytes, sizeof(bytes))); }

Stamp stamp_of(const wire_header& header) { return {{header.cpu, header.sequence}, header.time_ns}; }

Address address_of(std::uint8_t family, const std::uint8_t (&bytes)[16], std::uint16_t port) {
    Address address;
    address.family = family == 4 ? Family::kIpv4 : family == 6 ? Family::kIpv6 : Family::kNone;
    std::copy_n(bytes, family == 4 ? 4 : 16, address.bytes.begin());
    address.port = port;
    return address;
}

TcpState state_of(std::uint8_t number) {
    return number <= static_cast<std::uint8_t>(TcpState::kNewSynRecv) ? static_cast<TcpState>(number) : TcpState::kNone;
}

Idle idle_of(const wire_socket& from) {
    if (from.idle == 0) return {};
    return {from.idle - 1, (from.flags & WIRE_SOCKET_WE_SENT_LAST) != 0     ? LastSender::kUs
                           : (from.flags & WIRE_SOCKET_PEER_SENT_LAST) != 0 ? LastSender::kPeer
                                                                            : LastSender::kUnknown};
}

SocketView socket_of(const wire_socket& from) {
    SocketView socket;
    socket.cookie = from.cookie;
    socket.netns = from.netns;
    socket.tuple = {address_of(from.family, from.local, from.local_port),
                    address_of(from.family, from.remote, from.remote_port)};
    socket.state = state_of(from.state);
    socket.error = from.error;
    socket.soft_error = from.soft_error;
    socket.owned = from.context == WIRE_CONTEXT_OWNED;
    socket.shutdown = from.shutdown;
    socket.opened_by = from.opened_by == WIRE_OPENED_BY_US     ? OpenedBy::kUs
                       : from.opened_by == WIRE_OPENED_BY_PEER ? OpenedBy::kPeer
                                                               : OpenedBy::kUnknown;
    socket.dead = (from.flags & WIRE_SOCKET_DEAD) != 0;
    socket.linger_zero = (from.flags & WIRE_SOCKET_LINGER_ZERO) != 0;
    constexpr std::uint16_t kMptcp = 262; // include/uapi/linux/in.h: IPPROTO_MPTCP
    socket.mptcp = from.protocol == kMptcp;
    socket.ktls = (from.flags & WIRE_SOCKET_KTLS) != 0;
    if ((from.flags & (WIRE_SOCKET_FIN_RECEIVED | WIRE_SOCKET_NO_FIN)) != 0)
        socket.fin_received = (from.flags & WIRE_SOCKET_FIN_RECEIVED) != 0;
    socket.idle = idle_of(from);
    return socket;
}

Progress progress_of(const wire_progress& from) {
    return {.snd_una = from.snd_una,
            .snd_nxt = from.snd_nxt,
            .write_seq = from.write_seq,
            .rcv_nxt = from.rcv_nxt,
            .copied_seq = from.copied_seq,
            .total_retrans = from.total_retrans,
            .bytes_acked = from.bytes_acked,
            .bytes_received = from.bytes_received,
            .opened_ns = from.opened_ns,
            .user_timeout_ms = from.user_timeout_ms,
            .silent_ms = from.silent_ms,
            .retransmits = from.retransmits,
            .probes = from.probes};
}

Syscall syscall_of(std::uint8_t number) {
    switch (number) {
    case WIRE_SYS_WRITE: return Syscall::kWrite;
    case WIRE_SYS_WRITEV: return Syscall::kWritev;
    case WIRE_SYS_PWRITEV2: return Syscall::kPwritev2;
    case WIRE_SYS_SENDTO: return Syscall::kSendto;
    case WIRE_SYS_SENDMSG: return Syscall::kSendmsg;
    case WIRE_SYS_SENDMMSG: return Syscall::kSendmmsg;
    case WIRE_SYS_SENDFILE: return Syscall::kSendfile;
    case WIRE_SYS_SPLICE: return Syscall::kSplice;
    case WIRE_SYS_IO_URING_ENTER: return Syscall::kIoUringEnter;
    case WIRE_SYS_CLOSE: return Syscall::kClose;
    case WIRE_SYS_SHUTDOWN: return Syscall::kShutdown;
    case WIRE_SYS_CONNECT: return Syscall::kConnect;
    case WIRE_SYS_VMSPLICE: return Syscall::kVmsplice;
    case WIRE_SYS_TEE: return Syscall::kTee;
    case WIRE_SYS_READ: return Syscall::kRead;
    case WIRE_SYS_READV: return Syscall::kReadv;
    case WIRE_SYS_RECVFROM: return Syscall::kRecvfrom;
    case WIRE_SYS_RECVMSG: return Syscall::kRecvmsg;
    case WIRE_SYS_RECVMMSG: return Syscall::kRecvmmsg;
    case WIRE_SYS_GETSOCKOPT: return Syscall::kGetsockopt;
    default: return Syscall::kUnknown;
    }
}

Actor actor_of(const wire_task& from) {
    return {.pid = from.pid,
            .tid = from.tid,
            .comm = name_in(from.comm),
            .name = name_in(from.name),
            .cgroup_id = from.cgroup,
            .exiting = (from.flags & WIRE_TASK_EXITING) != 0,
            .exit_code = from.exit_code,
            .syscall = syscall_of(from.syscall),
            .own_pid = from.own_pid,
            .asked_for = (from.flags & WIRE_TASK_ASKED_FOR) != 0,
            .kernel_thread = (from.flags & WIRE_TASK_KERNEL) != 0};
}

/// A negative errno or a count. The least integer is neither, and its negative would be none at all.
std::int32_t result_of(const wire_send& from) { return std::max(from.result, -INT32_MAX); }

/// In softirq nobody can be named, and a kernel thread does nothing of its own accord.
std::optional<Actor> actor_where_owned(const wire_socket& socket, const wire_task& task) {
    if (socket.context != WIRE_CONTEXT_OWNED || (task.flags & WIRE_TASK_KERNEL) != 0) return std::nullopt;
    return actor_of(task);
}

/// Of a task that may not be there at all.
std::optional<Actor> actor_if_any(const wire_task& task) {
    if (task.pid == 0 && task.comm[0] == '\0') return std::nullopt;
    return actor_of(task);
}

FileKind file_kind_of(std::uint8_t kind) {
    switch (kind) {
    case WIRE_FILE_TCP: return FileKind::kTcp;
    case WIRE_FILE_UNIX: return FileKind::kUnix;
    case WIRE_FILE_PIPE: return FileKind::kPipe;
    case WIRE_FILE_OTHER: return FileKind::kOther;
    default: return FileKind::kUnknown;
    }
}

Call call_of(const wire_call& from) {
    constexpr std::uint32_t kMsgNosignal = 0x4000; // include/linux/socket.h: the same on all Linux architectures
    Call call;
    if (from.fd >= 0) call.fd = from.fd;
    if (from.bytes != UINT64_MAX) call.bytes = from.bytes;
    call.file = file_kind_of(from.file_kind);
    call.inode = from.inode;
    call.no_signal = (from.msg_flags & kMsgNosignal) != 0;
    call.unix_peer_gone = from.unix_peer_gone != 0;
    call.addressed = from.addressed != 0;
    call.file_state = from.file_state == WIRE_FILE_BROKEN  ? FileState::kBroken
                      : from.file_state == WIRE_FILE_WHOLE ? FileState::kWhole
                                                           : FileState::kNotAsked;
    return call;
}

Stack::Words words_of(const wire_stack_top& top) {
    static_assert(WIRE_STACK_WORDS == std::tuple_size_v<Stack::Words>);
    Stack::Words words;
    std::copy(std::begin(top.words), std::end(top.words), words.begin());
    return words;
}

/// Nothing is ever mapped in the zero page, nor beyond user space (56 bits with five levels of page tables): a walk
/// along frame pointers that comes there has found none.
bool is_code(std::uint64_t address) {
    constexpr std::uint64_t kZeroPage = 4096;
    constexpr std::uint64_t kUserSpaceEnd = std::uint64_t{1} << 56;
    return address >= kZeroPage && address < kUserSpaceEnd;
}

/// The frames that a reader has unwound.
std::optional<Stack> unwound_in(Frame frame, std::size_t count, std::size_t at) {
    const std::size_t bytes = count * sizeof(wire_unwound_frame);
    if (count == 0 || count > Stack::kMostUnwound || at > frame.size() || frame.size() - at < bytes)
        return std::nullopt;
    constexpr Stack::BuildId kNone{};
    Stack stack;
    frame = frame.subspan(at, bytes);
    for (; !frame.empty(); frame = frame.subspan(sizeof(wire_unwound_frame))) {
        wire_unwound_frame one;
        std::memcpy(&one, frame.data(), sizeof(one));
        stack.add_unwound({one.address, one.offset, std::to_array(one.build_id), std::to_array(one.build_id) != kNone});
    }
    return stack;
}

/// The two walks agree frame by frame unless the process changed its stack between them; then the
/// addresses alone are kept.
Stack stack_of(const wire_stack& from, std::uint64_t link_register) {
    constexpr std::int32_t kBuildIdValid = 1; // linux/bpf.h: BPF_STACK_BUILD_ID_VALID
    static_assert(WIRE_STACK_DEPTH <= Stack::kDepth && WIRE_ACT_DEPTH <= Stack::kDepth);
    const std::uint32_t count = std::min<std::uint32_t>(from.count, WIRE_STACK_DEPTH);
    Stack stack;
    for (std::uint32_t i = 0; i < count && is_code(from.addresses[i]); ++i) {
        stack.add(from.addresses[i]);
        if (from.frame_count != from.count || from.frames[i].status != kBuildIdValid) continue;
        stack.set_file(std::to_array(from.frames[i].build_id), from.frames[i].offset_or_ip);
    }
    stack.set_top(words_of(from.top), link_register);
    return stack;
}

/// A change that a process made goes on with its stack.
Stack stack_behind(Frame frame) {
    wire_act act;
    if (!copy(frame, act)) return {};
    if (auto unwound = unwound_in(frame, act.unwound, act.unwound_at)) return *std::move(unwound);
    Stack stack;
    const std::uint32_t count = std::min<std::uint32_t>(act.count, WIRE_ACT_DEPTH);
    for (std::uint32_t i = 0; i < count && is_code(act.addresses[i]); ++i) stack.add(act.addresses[i]);
    stack.set_top(words_of(act.top), act.link_register);
    return stack;
}

std::optional<std::uint32_t> window_of(const wire_state& w) {
    return (w.flags & WIRE_STATE_HAS_WINDOW) != 0 ? std::optional(w.snd_wnd) : std::nullopt;
}

StateChanged state_changed(const wire_state& w) {
    return {stamp_of(w.header),
            socket_of(w.socket),
            progress_of(w.progress),
            actor_where_owned(w.socket, w.task),
            state_of(w.old_state),
            state_of(w.new_state),
            {},
            (w.flags & WIRE_STATE_BY_RESET) != 0,
            (w.flags & WIRE_STATE_LAST_CLOSE) != 0,
            window_of(w),
            (w.flags & WIRE_STATE_NO_ROUTE) != 0};
}

ResetReason reason_of(std::uint8_t reason) {
    switch (reason) {
    case WIRE_REASON_NO_SOCKET: return ResetReason::kNoSocket;
    case WIRE_REASON_ABORT_ON_DATA: return ResetReason::kAbortOnData;
    case WIRE_REASON_TIMEWAIT_SOCKET: return ResetReason::kTimewaitSocket;
    case WIRE_REASON_ABORT_ON_CLOSE: return ResetReason::kAbortOnClose;
    case WIRE_REASON_STATE: return ResetReason::kState;
    case WIRE_REASON_OTHER: return ResetReason::kOther;
    case WIRE_REASON_KEEPALIVE_TIMEOUT: return ResetReason::kKeepaliveTimeout;
    case WIRE_REASON_FLAGS: return ResetReason::kFlags;
    case WIRE_REASON_INVALID_SYN: return ResetReason::kInvalidSyn;
    case WIRE_REASON_INVALID_ACK_SEQUENCE: return ResetReason::kInvalidAckSequence;
    case WIRE_REASON_PAWS: return ResetReason::kPaws;
    case WIRE_REASON_TOO_OLD_ACK: return ResetReason::kTooOldAck;
    case WIRE_REASON_ACK_UNSENT_DATA: return ResetReason::kAckUnsentData;
    case WIRE_REASON_OLD_ACK: return ResetReason::kOldAck;
    case WIRE_REASON_ABORT_ON_LINGER: return ResetReason::kAbortOnLinger;
    case WIRE_REASON_ABORT_ON_MEMORY: return ResetReason::kAbortOnMemory;
    case WIRE_REASON_DISCONNECT_WITH_DATA: return ResetReason::kDisconnectWithData;
    case WIRE_REASON_MPTCP_EUNSPEC: return ResetReason::kMptcpUnspecified;
    case WIRE_REASON_MPTCP_EMPTCP: return ResetReason::kMptcpError;
    case WIRE_REASON_MPTCP_ERESOURCE: return ResetReason::kMptcpResource;
    case WIRE_REASON_MPTCP_EPROHIBIT: return ResetReason::kMptcpProhibited;
    case WIRE_REASON_MPTCP_EWQ2BIG: return ResetReason::kMptcpOutstanding;
    case WIRE_REASON_MPTCP_EBADPERF: return ResetReason::kMptcpPerformance;
    case WIRE_REASON_MPTCP_EMIDDLEBOX: return ResetReason::kMptcpMiddlebox;
    default: return ResetReason::kUnknown;
    }
}

ResetSent reset_sent(const wire_reset_sent& w) {
    constexpr std::uint8_t kSynBit = 2;
    ResetSent event;
    event.stamp = stamp_of(w.header);
    event.socket = socket_of(w.socket);
    event.kind = w.kind == WIRE_RESET_PASSIVE ? ResetKind::kPassive : ResetKind::kActive;
    if (event.kind == ResetKind::kActive) event.actor = actor_where_owned(w.socket, w.task);
    event.reason = reason_of(w.reason);
    event.segment_seq = w.segment_seq;
    event.segment_len = w.segment_len;
    event.own_nxt = w.own_nxt;
    event.segment_is_syn = (w.segment_flags & kSynBit) != 0;
    if (w.queue_limit != 0 || w.queue_length != 0 || w.queue_dropped != 0)
        event.queue = AcceptQueue{w.queue_length, w.queue_limit, w.queue_dropped, w.aborts_on_overflow != 0};
    return event;
}

template <typename SocketEvent>
SocketEvent socket_event(const wire_socket_event& w) {
    return {stamp_of(w.header), socket_of(w.socket), progress_of(w.progress), actor_where_owned(w.socket, w.task)};
}

ResetReceived reset_received(const wire_reset_received& w) {
    auto event = socket_event<ResetReceived>(w.seen);
    const wire_reset_packet& from = w.packet;
    if (from.interface != 0 || from.ttl != 0)
        event.packet = ResetPacket{from.interface, name_in(from.interface_name), from.ttl, from.data_ttl, from.ip_id};
    return event;
}

/// Which socket a call was on says more of the file than the file's kind.
Call call_on(const wire_call& call, const wire_socket& socket) {
    Call result = call_of(call);
    if (result.file == FileKind::kUnknown && socket.family != 0) result.file = FileKind::kTcp; // io_uring
    if (result.file == FileKind::kTcp && socket_of(socket).mptcp) result.file = FileKind::kMptcp;
    if (result.file == FileKind::kTcp && socket_of(socket).ktls) result.file = FileKind::kKtls;
    return result;
}

ErrorReceived error_received(const wire_send& w) {
    return {stamp_of(w.header), socket_of(w.socket),       progress_of(w.progress),
            actor_of(w.task),   call_on(w.call, w.socket), -result_of(w)};
}

SendReturned send_returned(const wire_send& w) {
    return {stamp_of(w.header),
            socket_of(w.socket),
            progress_of(w.progress),
            actor_of(w.task),
            call_on(w.call, w.socket),
            result_of(w),
            stack_of(w.stack, w.link_register),
            w.sigpipe_follows != 0,
            actor_if_any(w.unix_peer)};
}

SignalOrigin origin_of(std::uint8_t origin) {
    switch (origin) {
    case WIRE_SIGNAL_OF_PROCESS: return SignalOrigin::kProcess;
    case WIRE_SIGNAL_OF_TIMER: return SignalOrigin::kTimer;
    case WIRE_SIGNAL_OF_PARENT: return SignalOrigin::kParent;
    case WIRE_SIGNAL_OF_KERNEL: return SignalOrigin::kKernel;
    case WIRE_SIGNAL_OF_CGROUP: return SignalOrigin::kCgroup;
    case WIRE_SIGNAL_OF_PID_NAMESPACE: return SignalOrigin::kPidNamespace;
    case WIRE_SIGNAL_OF_TERMINAL: return SignalOrigin::kTerminal;
    case WIRE_SIGNAL_OF_FAULT: return SignalOrigin::kFault;
    default: return SignalOrigin::kUnknown;
    }
}

SigpipeSent sigpipe_sent(const wire_sigpipe& w) {
    SigpipeSent event;
    event.stamp = stamp_of(w.header);
    event.socket = socket_of(w.socket);
    event.actor = actor_of(w.task);
    event.call = call_on(w.call, w.socket);
    event.ignored = w.result == WIRE_SIGNAL_IGNORED;
    event.blocked = w.blocked != 0;
    event.handler = w.handler == 0   ? SignalHandler::kDefault
                    : w.handler == 1 ? SignalHandler::kIgnore
                                     : SignalHandler::kFunction;
    event.stack = stack_of(w.stack, w.link_register);
    // An older program took whichever task was current for the sender.
    event.origin = w.by_process == 0 ? SignalOrigin::kWrite : origin_of(w.origin);
    if (event.origin != SignalOrigin::kWrite) event.sender = actor_if_any(w.sender);
    event.unix_peer = actor_if_any(w.unix_peer);
    return event;
}

ProcessExited process_exited(const wire_exit& w) { return {stamp_of(w.header), actor_of(w.task)}; }

SignalSent signal_sent(const wire_signal& w) {
    SignalSent event;
    event.stamp = stamp_of(w.header);
    event.target = actor_of(w.task);
    event.signal = w.signal;
    event.origin = origin_of(w.origin);
    event.handled = w.handler != 0;
    event.address = w.address;
    event.sender = actor_if_any(w.sender);
    for (std::size_t at = 0; at < std::min<std::size_t>(w.ancestor_count, std::size(w.ancestors)); ++at)
        event.ancestors.push_back({w.ancestors[at].pid, name_in(w.ancestors[at].name)});
    if (w.memory_limit != 0)
        event.memory = MemoryLimit{std::string(w.memory_cgroup, strnlen(w.memory_cgroup, sizeof(w.memory_cgroup))),
                                   w.memory_used, w.memory_limit};
    return event;
}

OomKilled oom_killed(const wire_oom& w) { return {stamp_of(w.header), w.pid}; }

template <typename Found>
Found found_open(const wire_existing& w) {
    return {stamp_of(w.header), socket_of(w.socket), progress_of(w.progress), actor_of(w.task), w.fd};
}

HolderFound holder_found(const wire_holder& w) {
    return {stamp_of(w.header), actor_of(w.task), file_kind_of(w.file_kind), w.other_inode, w.ended_ns};
}

/// `make` makes the kind of event itself: a variant of many is moved at a price.
template <typename Reported, typename Wire>
std::optional<Event> decode_as(Frame frame, Reported (*make)(const Wire&)) {
    Wire wire;
    if (!copy(frame, wire)) return std::nullopt;
    return make(wire);
}

std::optional<Event> decode_state(Frame frame) {
    auto event = decode_as(frame, state_changed);
    if (!event) return event;
    auto& changed = std::get<StateChanged>(*event);
    changed.stack = stack_behind(frame);
    wire_kept kept;
    if (frame.size() >= sizeof(kept) && copy(frame, kept) && kept.act.unwound == 0)
        changed.sent_ns = std::exchange(changed.stamp.time_ns, kept.happened_ns);
    return event;
}

/// The event's stack, where a reader has unwound it.
template <typename Reported, typename Wire>
std::optional<Event> decode_with_stack(Frame frame, Reported (*make)(const Wire&)) {
    Wire wire;
    if (!copy(frame, wire)) return std::nullopt;
    Reported event = make(wire);
    if (auto unwound = unwound_in(frame, wire.unwound, wire.unwound_at)) event.stack = *std::move(unwound);
    return event;
}

} // namespace

std::optional<Event> decode(Frame frame) {
    if (frame.size() < sizeof(wire_header)) return std::nullopt;
    wire_header header;
    std::memcpy(&header, frame.data(), sizeof(header));
    switch (header.type) {
    case WIRE_STATE: return decode_state(frame);
    case WIRE_RESET_SENT: return decode_as(frame, reset_sent);
    case WIRE_RESET_RECEIVED: return decode_as(frame, reset_received);
    case WIRE_ERROR_REPORT: return decode_as(frame, socket_event<ErrorReported>);
    case WIRE_DESTROYED: return decode_as(frame, socket_event<SocketDestroyed>);
    case WIRE_SEND: return decode_with_stack(frame, send_returned);
    case WIRE_RECEIVE: return decode_as(frame, error_received);
    case WIRE_SIGPIPE: return decode_with_stack(frame, sigpipe_sent);
    case WIRE_EXIT: return decode_as(frame, process_exited);
    case WIRE_EXISTING: return decode_as(frame, found_open<SocketExisted>);
    case WIRE_PEER: return decode_as(frame, found_open<PeerFound>);
    case WIRE_HOLDER: return decode_as(frame, holder_found);
    case WIRE_SIGNAL: return decode_as(frame, signal_sent);
    case WIRE_OOM: return decode_as(frame, oom_killed);
    default: return decode_user_frame(header.type, frame.subspan(sizeof(header)));
    }
}

} // namespace tcpblame::wire
