/// Teardowns as the kernel reports them, made by hand: a test says who did what, and gets the events.
///
/// The order and the states are those of a live kernel: an active RST on loopback is received before its
/// sending is traced, an answering one after; a write into a closed peer meets its RST before it returns.
#pragma once

#include "reconstruct/scene.hpp"

#include <cerrno>
#include <cstdint>
#include <optional>
#include <utility>

namespace tcpblame::reconstruct::scene {

/// One end, as its socket stands.
struct Side {
    std::uint64_t cookie = 0;
    Tuple tuple;
    Actor process;
    OpenedBy opened_by = OpenedBy::kUnknown;
    TcpState state = TcpState::kEstablished;
    int error = 0;
    std::uint8_t shutdown = 0;
    bool here = true; ///< false: on another host, which reports us nothing
    bool dead = false;
    bool linger_zero = false;
    bool fin_received = false;
    Idle idle;
    Progress progress;

    SocketView view(bool owned) const {
        SocketView socket;
        socket.cookie = cookie;
        socket.netns = 4026531840;
        socket.tuple = tuple;
        socket.state = state;
        socket.error = error;
        socket.shutdown = shutdown;
        socket.owned = owned;
        socket.opened_by = opened_by;
        socket.dead = dead;
        socket.linger_zero = linger_zero;
        socket.fin_received = fin_received;
        socket.idle = idle;
        return socket;
    }
};

/// How a write fails.
struct Failing {
    int error = EPIPE;
    std::uint64_t bytes = 512;
    int fd = 9;
    bool no_signal = false; ///< MSG_NOSIGNAL
    SignalHandler handler = SignalHandler::kDefault;
    bool ignored = false; ///< by the kernel
    bool blocked = false;
    std::optional<Actor> by = {}; ///< else the side's process, with write(2)
};

/// Whom a connection is between.
struct Ends {
    std::uint64_t cookie = 100; ///< ours; the peer has the next one
    std::uint16_t our_port = 41822;
    std::uint16_t peer_port = 5432;
    Actor we = task("orders-api", 4242);
    Actor they = task("server", 77);
    std::uint32_t our_first = 5'000'000; ///< initial sequence numbers
    std::uint32_t peer_first = 9'000'000;
    bool peer_here = true;
};

class Connection {
public:
    explicit Connection(Scene& on, const Ends& ends = {}) : scene(on) {
        us.cookie = ends.cookie;
        peer.cookie = ends.cookie + 1;
        us.tuple = {ipv4(1, ends.our_port), ipv4(7, ends.peer_port)};
        peer.tuple = us.tuple.swapped();
        us.process = ends.we;
        peer.process = ends.they;
        us.opened_by = OpenedBy::kUs;
        peer.opened_by = OpenedBy::kPeer;
        peer.here = ends.peer_here;
        begin(us, ends.our_first, ends.peer_first);
        begin(peer, ends.peer_first, ends.our_first);
        us.progress.bytes_acked = 1; // the SYN
    }

    // ── Data: no event reports it ──────────────────────────────────────────────────────────────

    /// Sent, acknowledged, read.
    void send(Side& from, std::uint32_t bytes) {
        send_unread(from, bytes);
        other(from).progress.copied_seq += bytes;
    }
    void send_unread(Side& from, std::uint32_t bytes) {
        put_in_flight(from, bytes);
        from.progress.snd_una += bytes;
        from.progress.bytes_acked += bytes;
        other(from).progress.rcv_nxt += bytes;
        other(from).progress.bytes_received += bytes;
    }
    /// Sent, and on its way.
    void put_in_flight(Side& from, std::uint32_t bytes) {
        from.progress.write_seq += bytes;
        from.progress.snd_nxt += bytes;
    }
    void read_the_end(Side& side) { ++side.progress.copied_seq; }

    // ── What a process does ─────────────────────────────────────────────────────────────────────

    /// close() by the last holder, with nothing left unread: a FIN, and a minisock takes over.
    void close(Side& side) { close(side, doing(side.process, Syscall::kClose)); }
    void close(Side& side, const Actor& by) {
        side.dead = true;
        send_fin(side, by);
        if (side.state == TcpState::kFinWait2) change(side, TcpState::kClose, std::nullopt);
    }

    /// shutdown(SHUT_WR): the process keeps the socket.
    void shut_down(Side& side) { shut_down(side, doing(side.process, Syscall::kShutdown)); }
    void shut_down(Side& side, const Actor& by) {
        side.shutdown |= 2;
        send_fin(side, by);
    }

    enum class Traced { kAfterItsReception, kBeforeItsReception };

    /// close() that sends a RST: of unread data, of SO_LINGER 0.
    void abort(Side& side, ResetReason reason, Traced traced = Traced::kAfterItsReception) {
        abort(side, reason, doing(side.process, Syscall::kClose), traced);
    }
    void abort(Side& side, ResetReason reason, const Actor& by, Traced traced = Traced::kAfterItsReception) {
        side.dead = true;
        change(side, TcpState::kClose, by);
        if (traced == Traced::kBeforeItsReception) send_reset(side, reason, by);
        receive_reset(other(side), std::nullopt);
        if (traced == Traced::kAfterItsReception) send_reset(side, reason, by);
    }
    void abort_lingering(Side& side, Traced traced = Traced::kAfterItsReception) {
        side.linger_zero = true;
        abort(side, ResetReason::kState, traced);
    }

    /// ss -K: the process still holds the socket.
    void kill_by_admin(Side& side, const Actor& admin) {
        send_reset(side, ResetReason::kState, admin);
        side.error = ECONNABORTED;
        change(side, TcpState::kClose, admin);
        receive_reset(other(side), std::nullopt);
    }

    /// The kernel takes the bytes, the other end's host answers them with a RST before the write returns.
    void write_is_answered(Side& from, std::uint32_t bytes, ResetReason reason = ResetReason::kTimewaitSocket) {
        const std::uint32_t segment = from.progress.snd_nxt;
        put_in_flight(from, bytes);
        answer_with_reset(other(from), segment, bytes, reason);
        receive_reset(from, doing(from.process, Syscall::kWrite));
        write_returns(from, static_cast<std::int32_t>(bytes), bytes);
    }

    void write_returns(Side& from, std::int32_t result, std::uint64_t bytes) {
        if (!from.here) return;
        SendReturned sent;
        sent.stamp = scene.stamp();
        sent.socket = from.view(true);
        sent.progress = from.progress;
        sent.actor = doing(from.process, Syscall::kWrite);
        sent.call = call_of({.bytes = bytes});
        sent.result = result;
        scene.add(std::move(sent));
    }

    /// A write that fails: SIGPIPE where it is due, then the return.
    void fail_write(Side& side, const Failing& failing = {}) {
        if (failing.error == EPIPE && !failing.no_signal) raise_sigpipe(side, failing);
        return_failure(side, failing);
    }
    void raise_sigpipe(Side& side, const Failing& failing = {}) {
        SigpipeSent signal;
        signal.stamp = scene.stamp();
        signal.socket = side.view(true);
        signal.socket.opened_by = OpenedBy::kUnknown; // read without the notes
        signal.actor = failing.by.value_or(doing(side.process, Syscall::kWrite));
        signal.call = call_of(failing);
        signal.handler = failing.handler;
        signal.ignored = failing.ignored;
        signal.blocked = failing.blocked;
        scene.add(std::move(signal));
    }
    void return_failure(Side& side, const Failing& failing = {}) {
        SendReturned sent;
        sent.stamp = scene.stamp();
        side.error = 0; // the write has taken it
        sent.socket = side.view(true);
        sent.progress = side.progress;
        sent.actor = failing.by.value_or(doing(side.process, Syscall::kWrite));
        sent.call = call_of(failing);
        sent.result = -failing.error;
        scene.add(std::move(sent));
    }

    /// The process closes a socket that outlasted its connection: close() disconnects it.
    void last_close(Side& side) {
        if (!side.here) return;
        erase_remote(side);
        side.dead = true;
        SocketDestroyed gone;
        gone.stamp = scene.stamp();
        gone.socket = side.view(true);
        gone.actor = doing(side.process, Syscall::kClose);
        gone.progress.write_seq = side.progress.write_seq + 65'538; // as tcp_disconnect() leaves it
        scene.add(std::move(gone));
    }

    // ── What the network does ───────────────────────────────────────────────────────────────────

    /// `in`: whose system call works off the backlog; nullopt: an interrupt.
    void receive_reset(Side& at, const std::optional<Actor>& in) {
        const SocketView before = at.view(in.has_value());
        at.error = at.state == TcpState::kSynSent     ? ECONNREFUSED
                   : at.state == TcpState::kCloseWait ? EPIPE
                                                      : ECONNRESET;
        if (noted) return change(at, TcpState::kClose, in, ByReset::kYes);
        if (at.here) {
            ResetReceived reset;
            reset.stamp = scene.stamp();
            reset.socket = before;
            reset.progress = at.progress;
            reset.actor = in;
            scene.add(std::move(reset));
        }
        change(at, TcpState::kClose, in);
    }

    /// A RST for a segment: from what is left of the side's socket.
    void answer_with_reset(Side& from, std::uint32_t segment_seq, std::uint32_t segment_len, ResetReason reason) {
        if (!from.here) return;
        ResetSent reset;
        reset.stamp = scene.stamp();
        reset.kind = ResetKind::kPassive;
        reset.reason = reason;
        reset.segment_seq = segment_seq;
        reset.segment_len = segment_len;
        reset.socket.tuple = from.tuple;
        reset.socket.netns = 4026531840;
        if (reason == ResetReason::kTimewaitSocket) {
            reset.socket.cookie = from.cookie;
            reset.socket.state = TcpState::kTimeWait;
        } else if (reason == ResetReason::kAbortOnData) {
            reset.socket = from.view(false);
        }
        scene.add(std::move(reset));
    }

    void send_reset(Side& from, ResetReason reason, const Actor& by) {
        if (!from.here) return;
        ResetSent reset;
        reset.stamp = scene.stamp();
        reset.socket = from.view(true);
        reset.actor = by;
        reset.reason = reason;
        reset.own_nxt = from.progress.snd_nxt;
        scene.add(std::move(reset));
    }

    /// A SYN of ours that nobody accepts; afterwards the socket is as a nonblocking connect leaves it.
    void refuse() {
        us.state = TcpState::kSynSent;
        us.opened_by = OpenedBy::kUnknown; // the notes come with ESTABLISHED
        us.progress.rcv_nxt = us.progress.copied_seq = 0;
        us.progress.snd_una = us.progress.write_seq - 1;
        us.progress.bytes_acked = 0;
        ResetSent reset;
        reset.stamp = scene.stamp();
        reset.kind = ResetKind::kPassive;
        reset.reason = ResetReason::kNoSocket;
        reset.segment_seq = us.progress.snd_una;
        reset.segment_is_syn = true;
        reset.socket.tuple = peer.tuple;
        scene.add(std::move(reset));
        receive_reset(us, std::nullopt);
    }
    /// What tcp_disconnect() leaves, as a failed blocking connect runs it.
    void erase_remote(Side& side) {
        side.tuple.remote.port = 0;
        side.tuple.remote.bytes = {};
        side.shutdown = 0;
        side.error = 0;
    }

    void find_existing(Side& side, int fd = 9) {
        SocketExisted existed;
        existed.stamp = {{scene.cpu, 0}, scene.stamp().time_ns};
        existed.socket = side.view(false);
        existed.progress = side.progress;
        existed.actor = side.process;
        existed.fd = fd;
        scene.add(std::move(existed));
    }

    /// By the search for the other end of one that broke.
    void find_by_search(const Side& side) {
        PeerFound found;
        found.stamp = scene.stamp();
        found.socket = side.view(false);
        found.progress = side.progress;
        found.actor = side.process;
        scene.add(std::move(found));
    }

    enum class ByReset : std::uint8_t { kNo, kYes };
    void change(Side& side, TcpState to, const std::optional<Actor>& by, ByReset by_reset = ByReset::kNo) {
        if (side.here) {
            StateChanged changed;
            changed.stamp = scene.stamp();
            changed.socket = side.view(by.has_value());
            changed.progress = side.progress;
            changed.actor = by;
            changed.old_state = side.state;
            changed.new_state = to;
            changed.by_reset = by_reset == ByReset::kYes;
            scene.add(std::move(changed));
        }
        side.state = to;
        if (&side == &us && to == TcpState::kClose) off_the_wire_ns = scene.now();
    }

    Side& other(const Side& side) { return &side == &us ? peer : us; }

    Scene& scene;
    bool noted = true; ///< it is younger than the attach: the kernel's programs keep notes with its sockets
    Side us;
    Side peer;
    std::uint64_t off_the_wire_ns = 0; ///< since then the kernel may give our port to another connection

private:
    static void begin(Side& side, std::uint32_t first, std::uint32_t others_first) {
        side.progress.snd_una = side.progress.snd_nxt = side.progress.write_seq = first + 1;
        side.progress.rcv_nxt = side.progress.copied_seq = others_first + 1;
    }
    static Call call_of(const Failing& failing) {
        Call call;
        call.fd = failing.fd;
        call.bytes = failing.bytes;
        call.file = FileKind::kTcp;
        call.no_signal = failing.no_signal;
        return call;
    }
    /// FIN and its acknowledgement. FIN_WAIT2 makes no event.
    void send_fin(Side& side, const Actor& by) {
        const bool answers_fin = side.state == TcpState::kCloseWait;
        change(side, answers_fin ? TcpState::kLastAck : TcpState::kFinWait1, by);
        send_unread(side, 1);
        Side& there = other(side);
        there.fin_received = true;
        if (!answers_fin) {
            change(there, TcpState::kCloseWait, std::nullopt);
            side.state = TcpState::kFinWait2;
            return;
        }
        change(there, TcpState::kClose, std::nullopt); // FIN_WAIT2: its TIME_WAIT minisock
        change(side, TcpState::kClose, std::nullopt);
    }
};

} // namespace tcpblame::reconstruct::scene
