#include "bench/lives.hpp"

#include "wire/frame.hpp"

#include <algorithm>
#include <cerrno>

namespace tcpblame::bench {
namespace {

constexpr std::uint8_t kEstablished = 1;
constexpr std::uint8_t kSynSent = 2;
constexpr std::uint8_t kFinWait1 = 4;
constexpr std::uint8_t kFinWait2 = 5;
constexpr std::uint8_t kClose = 7;
constexpr std::uint8_t kCloseWait = 8;
constexpr std::uint64_t kGapNs = 5'000; // between two events of a teardown

enum class End : std::uint8_t { kClient, kServer };

std::uint32_t first_sequence(std::uint64_t number, End end) {
    return static_cast<std::uint32_t>((number * 2 + (end == End::kServer ? 1 : 0)) * 2'654'435'761U);
}

void put_address(std::uint8_t (&bytes)[16], std::uint32_t host) {
    bytes[0] = 127;
    bytes[1] = static_cast<std::uint8_t>(host >> 16);
    bytes[2] = static_cast<std::uint8_t>(host >> 8);
    bytes[3] = static_cast<std::uint8_t>(host);
}

/// A client's address has 32,768 ports of its own.
wire_socket socket_of(std::uint64_t number, End end, std::uint8_t state, std::uint8_t context) {
    wire_socket socket{};
    const auto client_host = static_cast<std::uint32_t>(1 + (number >> 15));
    const auto client_port = static_cast<std::uint16_t>(32'768 + (number & 0x7fff));
    const bool client = end == End::kClient;
    socket.cookie = 2 * number + (client ? 1 : 2);
    socket.netns = 4'026'531'840;
    socket.protocol = 6;
    socket.family = 4;
    socket.state = state;
    put_address(client ? socket.local : socket.remote, client_host);
    put_address(client ? socket.remote : socket.local, 1);
    socket.local_port = client ? client_port : 80;
    socket.remote_port = client ? 80 : client_port;
    socket.context = context;
    socket.opened_by = client ? WIRE_OPENED_BY_US : WIRE_OPENED_BY_PEER;
    return socket;
}

wire_progress progress_of(std::uint64_t number, End end, std::uint64_t now_ns) {
    const bool client = end == End::kClient;
    wire_progress progress{};
    progress.snd_una = progress.snd_nxt = progress.write_seq = first_sequence(number, end) + 1;
    progress.rcv_nxt = progress.copied_seq = first_sequence(number, client ? End::kServer : End::kClient) + 1;
    progress.bytes_acked = client ? 1 : 0;
    progress.opened_ns = now_ns - 1'000'000;
    return progress;
}

wire_task task_of(End end, std::uint8_t syscall) {
    const bool client = end == End::kClient;
    wire_task task{};
    task.pid = task.own_pid = client ? 4242 : 77;
    task.tid = task.pid;
    std::memcpy(task.comm, client ? "orders-api" : "nginx", client ? 10 : 5);
    std::memcpy(task.name, task.comm, sizeof(task.name));
    task.cgroup = 4711;
    task.syscall = syscall;
    return task;
}

wire_act act_of(std::uint64_t number, std::uint8_t new_state, std::uint64_t now_ns) {
    wire_act act{};
    act.state.socket = socket_of(number, End::kServer, kEstablished, WIRE_CONTEXT_OWNED);
    act.state.socket.shutdown = 3;
    act.state.progress = progress_of(number, End::kServer, now_ns);
    act.state.task = task_of(End::kServer, WIRE_SYS_CLOSE);
    act.state.old_state = kEstablished;
    act.state.new_state = new_state;
    act.count = 6;
    for (std::uint32_t i = 0; i < act.count; ++i) act.addresses[i] = 0x7f00'0000'1000 + 16 * i;
    return act;
}

wire_state state_of(std::uint64_t number, End end, std::uint8_t from, std::uint8_t to, std::uint64_t now_ns) {
    wire_state state{};
    state.socket = socket_of(number, end, from, WIRE_CONTEXT_SOFTIRQ);
    state.progress = progress_of(number, end, now_ns);
    state.old_state = from;
    state.new_state = to;
    return state;
}

wire_socket_event event_of(std::uint64_t number, End end, std::uint8_t state, std::uint8_t context,
                           std::uint64_t now_ns) {
    wire_socket_event event{};
    event.socket = socket_of(number, end, state, context);
    event.progress = progress_of(number, end, now_ns);
    if (context == WIRE_CONTEXT_OWNED) event.task = task_of(end, WIRE_SYS_CLOSE);
    return event;
}

wire_call call_of() {
    wire_call call{};
    call.fd = 9;
    call.bytes = 512;
    call.file_kind = WIRE_FILE_TCP;
    return call;
}

} // namespace

template <typename Wire>
void Lives::put(Wire& wire, std::uint16_t type) {
    wire_header header{};
    header.type = type;
    header.size = sizeof(wire);
    header.sequence = ++sequence_;
    header.time_ns = now_ns_ += kGapNs;
    std::memcpy(&wire, &header, sizeof(header));
    tape_.put(&wire, sizeof(wire));
}

void Lives::found(std::uint64_t number) {
    for (const End end : {End::kClient, End::kServer}) {
        wire_existing existing{};
        existing.socket = socket_of(number, end, kEstablished, WIRE_CONTEXT_OWNED);
        existing.progress = progress_of(number, end, now_ns_);
        existing.task = task_of(end, WIRE_SYS_UNKNOWN);
        existing.fd = 9;
        put(existing, WIRE_EXISTING);
    }
}

void Lives::opened(std::uint64_t number) {
    wire_state asked = state_of(number, End::kClient, kClose, kSynSent, now_ns_);
    asked.progress = {};
    asked.socket.context = WIRE_CONTEXT_OWNED;
    asked.task = task_of(End::kClient, WIRE_SYS_CONNECT);
    put(asked, WIRE_STATE);
    wire_state client = state_of(number, End::kClient, kSynSent, kEstablished, now_ns_);
    put(client, WIRE_STATE);
    wire_state server = state_of(number, End::kServer, 3, kEstablished, now_ns_);
    put(server, WIRE_STATE);
}

void Lives::reset(std::uint64_t number) {
    wire_act act = act_of(number, kClose, now_ns_);
    act.state.socket.flags = WIRE_SOCKET_LINGER_ZERO;
    act.state.flags = WIRE_STATE_LAST_CLOSE;
    put(act, WIRE_STATE);

    wire_state closed = state_of(number, End::kClient, kEstablished, kClose, now_ns_);
    closed.socket.error = ECONNRESET;
    closed.flags = WIRE_STATE_BY_RESET;
    put(closed, WIRE_STATE);

    wire_reset_sent sent{};
    sent.socket = socket_of(number, End::kServer, kClose, WIRE_CONTEXT_OWNED);
    sent.socket.opened_by = WIRE_OPENED_UNKNOWN;
    sent.socket.flags = WIRE_SOCKET_LINGER_ZERO;
    sent.task = task_of(End::kServer, WIRE_SYS_CLOSE);
    sent.own_nxt = first_sequence(number, End::kServer) + 1;
    sent.kind = WIRE_RESET_ACTIVE;
    sent.reason = WIRE_REASON_STATE;
    put(sent, WIRE_RESET_SENT);

    wire_socket_event client_gone = event_of(number, End::kClient, kClose, WIRE_CONTEXT_OWNED, now_ns_);
    client_gone.progress = {};
    client_gone.socket.flags = WIRE_SOCKET_DEAD;
    put(client_gone, WIRE_DESTROYED);
}

void Lives::failing_write(std::uint64_t number) {
    wire_act act = act_of(number, kFinWait1, now_ns_);
    put(act, WIRE_STATE);
    wire_state reported = state_of(number, End::kClient, kEstablished, kCloseWait, now_ns_);
    put(reported, WIRE_STATE);
    wire_state server_gone = state_of(number, End::kServer, kFinWait2, kClose, now_ns_);
    server_gone.socket.flags = WIRE_SOCKET_DEAD;
    put(server_gone, WIRE_STATE);

    wire_reset_sent sent{};
    sent.socket = socket_of(number, End::kServer, kClose, WIRE_CONTEXT_SOFTIRQ);
    sent.socket.flags = WIRE_SOCKET_DEAD;
    sent.segment_seq = first_sequence(number, End::kClient) + 1;
    sent.segment_len = 512;
    sent.segment_flags = 24;
    sent.kind = WIRE_RESET_PASSIVE;
    put(sent, WIRE_RESET_SENT);

    wire_state closed = state_of(number, End::kClient, kCloseWait, kClose, now_ns_);
    closed.progress.snd_nxt = closed.progress.write_seq += 512;
    closed.progress.rcv_nxt += 1;
    closed.progress.bytes_received = 1;
    closed.flags = WIRE_STATE_BY_RESET;
    closed.socket.context = WIRE_CONTEXT_OWNED;
    closed.task = task_of(End::kClient, WIRE_SYS_WRITE);
    closed.socket.error = EPIPE;
    put(closed, WIRE_STATE);

    wire_sigpipe signal{};
    signal.socket = socket_of(number, End::kClient, kClose, WIRE_CONTEXT_OWNED);
    signal.task = task_of(End::kClient, WIRE_SYS_WRITE);
    signal.call = call_of();
    signal.handler = 2;
    signal.stack.count = signal.stack.frame_count = 8;
    for (std::uint32_t i = 0; i < signal.stack.count; ++i) {
        signal.stack.addresses[i] = 0x5555'5555'1000 + 16 * i;
        signal.stack.frames[i].status = 1;
        signal.stack.frames[i].offset_or_ip = 0x1000 + 16 * i;
    }
    put(signal, WIRE_SIGPIPE);
    wire_send returned{};
    returned.socket = signal.socket;
    returned.progress = closed.progress;
    returned.task = signal.task;
    returned.call = signal.call;
    returned.result = -EPIPE;
    put(returned, WIRE_SEND);

    wire_socket_event gone = event_of(number, End::kClient, kClose, WIRE_CONTEXT_OWNED, now_ns_);
    gone.socket.flags = WIRE_SOCKET_DEAD;
    put(gone, WIRE_DESTROYED);
}

void Lives::tick() {
    const wire::FrameBytes frame = wire::encode(model::TimePassed{now_ns_});
    tape_.put(frame.data(), frame.size());
}

} // namespace tcpblame::bench
