/// Whole teardowns, each with the truth about it: for the tests that lose, shuffle and mix events.
#pragma once

#include "reconstruct/play.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tcpblame::reconstruct::scene {

struct Story {
    std::string name;
    std::function<void(Connection&, std::uint32_t bytes)> play; ///< `bytes`: of the writes that fail or are doomed
    bool on_loopback = true;
};

inline PeerAct act_of(const Side& side, Act act) {
    PeerAct made;
    made.process = {side.process.pid, side.process.tid, side.process.comm, side.process.name, {}, {}, 0, {}, {}};
    made.act = act;
    return made;
}

inline void claim(Connection& c, const Side& side, int error, Cause cause, const std::optional<PeerAct>& act = {}) {
    const Confidence confidence = cause == Cause::kUnknown                  ? Confidence::kUnknown
                                  : c.peer.here || cause == Cause::kRefused ? Confidence::kObserved
                                                                            : Confidence::kInferred;
    c.scene.truths.push_back({side.process.pid, error, cause, confidence, act});
}

/// A write that fails, and what it may be blamed on.
inline void fail(Connection& c, Side& side, int error, std::uint32_t bytes, Cause cause,
                 const std::optional<PeerAct>& act = {}) {
    c.scene.after(10 * kMs);
    claim(c, side, error, cause, act);
    c.fail_write(side, {.error = error, .bytes = bytes});
}

inline void end(Connection& c, Side& side, Cause cause, const std::optional<PeerAct>& act = {}) {
    c.scene.after(10 * kMs);
    claim(c, side, 0, cause, act);
    c.last_close(side);
}

inline void play_peer_closed(Connection& c, std::uint32_t bytes, const Actor& closer, PeerAct act) {
    const auto seen = c.peer.here ? std::optional(act) : std::nullopt;
    c.send(c.us, 100);
    c.close(c.peer, closer);
    c.scene.after(20 * kMs);
    c.write_is_answered(c.us, bytes);
    fail(c, c.us, EPIPE, bytes, Cause::kPeerClosed, seen);
    end(c, c.us, Cause::kPeerClosed, seen);
}

inline void peer_closes(Connection& c, std::uint32_t bytes) {
    play_peer_closed(c, bytes, doing(c.peer.process, Syscall::kClose), act_of(c.peer, Act::kClose));
}

inline void peer_is_killed(Connection& c, std::uint32_t bytes) {
    PeerAct act = act_of(c.peer, Act::kKilled);
    act.signal = 9;
    play_peer_closed(c, bytes, dying(c.peer.process, 9), act);
}

inline void play_aborted(Connection& c, std::uint32_t bytes, const std::optional<PeerAct>& act,
                         Cause cause = Cause::kPeerAborted) {
    fail(c, c.us, ECONNRESET, bytes, cause, act);
    fail(c, c.us, EPIPE, bytes, cause, act);
    end(c, c.us, cause, act);
}

inline std::optional<PeerAct> lingering(const Connection& c) {
    if (!c.peer.here) return std::nullopt;
    PeerAct act = act_of(c.peer, Act::kClose);
    act.linger_zero = true;
    return act;
}

inline void peer_lingers_zero(Connection& c, std::uint32_t bytes) {
    c.send(c.us, 100);
    c.abort_lingering(c.peer);
    play_aborted(c, bytes, lingering(c));
}

inline void peer_leaves_data_unread(Connection& c, std::uint32_t bytes) {
    c.send_unread(c.us, bytes + 5);
    c.abort(c.peer, ResetReason::kAbortOnClose);
    PeerAct act = act_of(c.peer, Act::kClose);
    act.unread = bytes + 5;
    play_aborted(c, bytes, act);
}

inline void peer_half_closes_then_aborts(Connection& c, std::uint32_t bytes) {
    c.shut_down(c.peer);
    c.scene.after(5 * kMs);
    c.send(c.us, bytes);
    c.write_returns(c.us, static_cast<std::int32_t>(bytes), bytes);
    c.scene.after(5 * kMs);
    c.abort_lingering(c.peer);
    fail(c, c.us, EPIPE, bytes, Cause::kPeerAborted, lingering(c));
    end(c, c.us, Cause::kPeerAborted, lingering(c));
}

inline void we_shut_down(Connection& c, std::uint32_t bytes) {
    c.send(c.us, 100);
    c.shut_down(c.us);
    fail(c, c.us, EPIPE, bytes, Cause::kLocalShutdown);
    c.scene.truths.back().confidence = Confidence::kObserved;
    c.scene.after(5 * kMs);
    c.close(c.peer);
}

inline void connecting_is_refused(Connection& c, std::uint32_t bytes) {
    c.refuse();
    c.erase_remote(c.us);
    fail(c, c.us, EPIPE, bytes, Cause::kNeverConnected);
    c.scene.after(kMs);
    c.last_close(c.us);
}

inline void nonblocking_connect_is_refused(Connection& c, std::uint32_t bytes) {
    c.refuse();
    fail(c, c.us, ECONNREFUSED, bytes, Cause::kRefused);
    fail(c, c.us, EPIPE, bytes, Cause::kNeverConnected);
    c.scene.after(kMs);
    c.last_close(c.us);
}

/// ss -K on the peer's socket: both ends are reported so, and no process closed anything.
inline void peer_is_killed_by_admin(Connection& c, std::uint32_t bytes) {
    c.send(c.us, 100);
    c.kill_by_admin(c.peer, task("ss", 999, Syscall::kSendmsg));
    fail(c, c.peer, ECONNABORTED, bytes, Cause::kKilledByAdmin);
    play_aborted(c, bytes, std::nullopt, Cause::kKilledByAdmin);
    end(c, c.peer, Cause::kKilledByAdmin);
}

/// Data comes after our shutdown(SHUT_RDWR): our own kernel "receives" a RST of its own making.
inline void peer_writes_after_our_shutdown(Connection& c, std::uint32_t bytes) {
    c.us.shutdown = 1;
    c.shut_down(c.us);
    c.scene.after(5 * kMs);
    const std::uint32_t segment = c.peer.progress.snd_nxt;
    c.put_in_flight(c.peer, bytes);
    c.receive_reset(c.us, std::nullopt);
    c.answer_with_reset(c.us, segment, bytes, ResetReason::kAbortOnData);
    c.receive_reset(c.peer, doing(c.peer.process, Syscall::kWrite));
    c.write_returns(c.peer, static_cast<std::int32_t>(bytes), bytes);
    const PeerAct our_act = act_of(c.us, Act::kShutdown);
    fail(c, c.peer, EPIPE, bytes, Cause::kPeerClosed, our_act);
    fail(c, c.us, ECONNRESET, bytes, Cause::kUnknown);
    fail(c, c.us, EPIPE, bytes, Cause::kLocalShutdown);
    end(c, c.peer, Cause::kPeerClosed, our_act);
    end(c, c.us, Cause::kUnknown);
}

/// A timer or the network ends it: nothing comes from the other end any more.
inline void play_dead_wire(Connection& c, std::uint32_t bytes, int error, Cause cause) {
    c.put_in_flight(c.us, bytes);
    c.us.progress.retransmits = 3;
    c.us.error = error;
    c.scene.after(2 * kSecond);
    c.change(c.us, TcpState::kClose, std::nullopt);
    const auto observed = [&c] { c.scene.truths.back().confidence = Confidence::kObserved; };
    fail(c, c.us, error, bytes, cause);
    observed();
    fail(c, c.us, EPIPE, bytes, cause);
    observed();
    end(c, c.us, cause);
    observed();
}

inline void nobody_answers(Connection& c, std::uint32_t bytes) {
    play_dead_wire(c, bytes, ETIMEDOUT, Cause::kTimedOut);
}

inline void the_network_says_no(Connection& c, std::uint32_t bytes) {
    play_dead_wire(c, bytes, EHOSTUNREACH, Cause::kUnreachable);
}

/// connect(AF_UNSPEC) on our own socket.
inline void we_disconnect(Connection& c, std::uint32_t bytes) {
    const Actor us = doing(c.us.process, Syscall::kConnect);
    c.send_reset(c.us, ResetReason::kState, us);
    c.change(c.us, TcpState::kClose, us);
    c.receive_reset(c.peer, std::nullopt);
    fail(c, c.us, ECONNRESET, bytes, Cause::kLocalAbort);
    fail(c, c.us, EPIPE, bytes, Cause::kLocalAbort);
    PeerAct our_act = act_of(c.us, Act::kDisconnect);
    fail(c, c.peer, ECONNRESET, bytes, Cause::kPeerAborted, our_act);
    end(c, c.peer, Cause::kPeerAborted, our_act);
}

/// Both ends were there before the tracer was; then as if they had not been.
inline void peer_found_at_attach_closes(Connection& c, std::uint32_t bytes) {
    c.find_existing(c.us);
    c.find_existing(c.peer);
    peer_closes(c, bytes);
}

inline std::vector<Story> all_stories() {
    return {{"peer closes", peer_closes},
            {"peer is killed", peer_is_killed},
            {"remote peer closes", peer_closes, false},
            {"peer lingers zero", peer_lingers_zero},
            {"remote peer lingers zero", peer_lingers_zero, false},
            {"peer leaves data unread", peer_leaves_data_unread},
            {"peer half-closes, then aborts", peer_half_closes_then_aborts},
            {"remote peer half-closes, then aborts", peer_half_closes_then_aborts, false},
            {"we shut down", we_shut_down},
            {"connecting is refused", connecting_is_refused},
            {"nonblocking connect is refused", nonblocking_connect_is_refused},
            {"peer is killed by ss -K", peer_is_killed_by_admin},
            {"peer writes after our shutdown", peer_writes_after_our_shutdown},
            {"nobody answers", nobody_answers},
            {"remote peer does not answer", nobody_answers, false},
            {"the network says no", the_network_says_no},
            {"we disconnect", we_disconnect},
            {"peer found at attach closes", peer_found_at_attach_closes}};
}

} // namespace tcpblame::reconstruct::scene
