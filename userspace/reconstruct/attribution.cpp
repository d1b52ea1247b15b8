#include "reconstruct/attribution.hpp"

#include "reconstruct/peer_act.hpp"
#include "reconstruct/words.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <system_error>

namespace tcpblame::reconstruct {
namespace {

using namespace model;

/// A RST and its reception are two events of one moment, in either order (an active RST on loopback is
/// received before its sending is traced).
constexpr std::uint64_t kSameRstNs = 5'000'000;

std::uint64_t distance(const Stamp& one, const Stamp& other) {
    return std::max(one.time_ns, other.time_ns) - std::min(one.time_ns, other.time_ns);
}

void cite(Blame& blame, const Stamp& stamp) { blame.evidence.push_back(stamp.id); }

void cite_write(Blame& blame, const Case& broken) {
    if (broken.write == nullptr) return;
    if (broken.write->sigpipe) cite(blame, broken.write->sigpipe->stamp);
    if (broken.write->send) cite(blame, broken.write->send->stamp);
    if (broken.write->exit) cite(blame, broken.write->exit->stamp);
}

// ── Files that are no TCP connection ────────────────────────────────────────────────────────────

/// pipe_write() (fs/pipe.c) sends SIGPIPE exactly where the pipe has no reader.
Blame blame_pipe(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kPipeReaderGone;
    blame.confidence = Confidence::kObserved;
    blame.summary = "the reading end of this pipe is closed";
    cite_write(blame, broken);
    return blame;
}

Blame blame_unix(const Case& broken) {
    Blame blame;
    cite_write(blame, broken);
    if (broken.write->call.unix_peer_gone) {
        blame.cause = Cause::kUnixPeerClosed;
        blame.confidence = Confidence::kObserved;
        blame.summary = "the other end of this unix socket is closed";
    } else {
        blame.summary = "a unix socket whose other end is still open: one of the two has shut it down, and which one "
                        "cannot be seen";
    }
    return blame;
}

// ── What the milestones say ─────────────────────────────────────────────────────────────────────

bool was_refused(const Endpoint* us) {
    return us && us->reset_received && us->reset_received->state == TcpState::kSynSent;
}

bool before(const Stamp& one, const std::optional<Mark>& other) { return !other || one.time_ns < other->stamp.time_ns; }

/// Our own shutdown(2), before any RST.
bool we_shut_down(const Case& broken) {
    const Endpoint* us = broken.us;
    if (broken.write == nullptr || broken.write->error != EPIPE) return false;
    if (us && us->fin_sent)
        return us->fin_sent->actor && !us->fin_sent->actor->exiting && before(us->fin_sent->stamp, us->reset_received);
    // Not seen, but a FIN of ours is out while the process still has the socket: only shutdown(2) does that.
    const TcpState state = broken.write->socket().state;
    return state == TcpState::kFinWait1 || state == TcpState::kFinWait2 || state == TcpState::kClosing ||
           state == TcpState::kLastAck;
}

/// The peer's host answered a segment of ours that carried data: its own event says which.
bool answered_our_data(const Case& broken) {
    if (broken.peer == nullptr || !broken.peer->reset_sent) return false;
    const SentReset& sent = *broken.peer->reset_sent;
    const Mark& received = *broken.us->reset_received;
    const std::uint32_t in_flight = received.progress.snd_nxt - received.progress.snd_una;
    return sent.kind == ResetKind::kPassive && sent.segment_len > 0 && !sent.segment_is_syn &&
           sent.segment_seq - received.progress.snd_una < in_flight &&
           distance(sent.stamp, received.stamp) < kSameRstNs;
}

bool aborted_of_its_own(const Case& broken) {
    return broken.peer != nullptr && broken.peer->reset_sent && broken.peer->reset_sent->kind == ResetKind::kActive &&
           distance(broken.peer->reset_sent->stamp, broken.us->reset_received->stamp) < kSameRstNs;
}

bool error_was_taken(const Case& broken) {
    if (broken.write == nullptr || broken.write->error != EPIPE || broken.us == nullptr) return false;
    const auto earlier = [&](const TakenError& taken) { return taken.stamp.time_ns < broken.write->time_ns; };
    if (std::any_of(broken.us->errors_taken.begin(), broken.us->errors_taken.end(), earlier)) return true;
    // The error that the socket got was another one: whoever asked first was given it.
    return broken.us->closed && broken.us->closed->error != 0 && broken.us->closed->error != EPIPE;
}

std::string peer_name(const Case& broken) {
    return broken.us != nullptr ? to_string(broken.us->tuple.remote) : std::string("the peer");
}

// ── The causes ──────────────────────────────────────────────────────────────────────────────────

Blame blame_refusal(const Case& broken) {
    Blame blame;
    cite(blame, broken.us->reset_received->stamp);
    cite_write(blame, broken);
    blame.confidence = Confidence::kObserved;
    const std::string remote = peer_name(broken);
    if (broken.write == nullptr || broken.write->error == ECONNREFUSED) {
        blame.cause = Cause::kRefused;
        blame.summary = fmt::format("connecting to {} was answered with a RST: nobody accepts there", remote);
    } else {
        blame.cause = Cause::kNeverConnected;
        blame.summary = fmt::format("this socket has no connection: connecting to {} was refused before", remote);
    }
    return blame;
}

Blame blame_no_connection(const Case& broken) {
    Blame blame;
    cite_write(blame, broken);
    blame.cause = Cause::kNeverConnected;
    blame.confidence = Confidence::kObserved;
    blame.summary = "this socket has no connection: it was never connected, or connecting failed";
    return blame;
}

Blame blame_local_shutdown(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kLocalShutdown;
    blame.confidence = Confidence::kObserved;
    if (broken.us != nullptr && broken.us->fin_sent) {
        const Actor& actor = *broken.us->fin_sent->actor;
        cite(blame, broken.us->fin_sent->stamp);
        blame.summary =
            actor.pid == broken.write->actor.pid
                ? "we had shut down our own sending side; no RST is involved"
                : fmt::format("{}, pid {}, which shares this socket, had shut down its sending side; no RST "
                              "is involved",
                              actor.name, actor.pid);
    } else {
        blame.summary = "our sending side had been shut down before tcpblame attached; no RST is involved";
    }
    cite_write(blame, broken);
    return blame;
}

void cite_reset(Blame& blame, const Case& broken) {
    const Endpoint& us = *broken.us;
    if (us.fin_received) cite(blame, us.fin_received->stamp);
    if (us.doomed_write) cite(blame, us.doomed_write->stamp);
    if (broken.peer != nullptr) {
        if (broken.peer->fin_sent) cite(blame, broken.peer->fin_sent->stamp);
        if (broken.peer->reset_sent) cite(blame, broken.peer->reset_sent->stamp);
    }
    cite(blame, us.reset_received->stamp);
    if (us.closed) cite(blame, us.closed->stamp);
}

Blame blame_peer_close(const Case& broken, Confidence confidence) {
    Blame blame;
    blame.cause = Cause::kPeerClosed;
    blame.confidence = confidence;
    if (broken.peer != nullptr) blame.peer_act = finishing_act(*broken.peer);
    const std::string first = blame.peer_act
                                  ? fmt::format("{} {} first", who(blame.peer_act->process), did(*blame.peer_act))
                                  : std::string("the peer closed first");
    blame.summary = confidence == Confidence::kObserved
                        ? fmt::format("{}; our next write was answered with a RST", first)
                        : fmt::format("{}; we wrote, and a RST came that fits an answer to it", first);
    return blame;
}

Blame blame_peer_abort(const Case& broken, Confidence confidence) {
    Blame blame;
    blame.cause = Cause::kPeerAborted;
    blame.confidence = confidence;
    if (broken.peer != nullptr) blame.peer_act = aborting_act(*broken.peer);
    if (blame.peer_act)
        blame.summary = fmt::format("{} {}: its host sent a RST", who(blame.peer_act->process), did(*blame.peer_act));
    else if (confidence == Confidence::kObserved)
        blame.summary =
            fmt::format("the socket of {} on this host aborted the connection with a RST", peer_name(broken));
    else
        blame.summary = fmt::format("a RST from {} ended the connection; it answers no data of ours that we know of, "
                                    "and who sent it cannot be seen from here",
                                    peer_name(broken));
    return blame;
}

Blame blame_reset(const Case& broken) {
    const Endpoint& us = *broken.us;
    const bool peer_closed = us.peer_has_closed() || (broken.peer != nullptr && broken.peer->fin_sent);
    Blame blame;
    if (aborted_of_its_own(broken)) {
        blame = blame_peer_abort(broken, Confidence::kObserved);
    } else if (answered_our_data(broken)) {
        if (peer_closed)
            blame = blame_peer_close(broken, Confidence::kObserved);
        else
            blame.summary = fmt::format("the host of {} answered our data with a RST though no close of the peer was "
                                        "seen: it does not know this connection (any more)",
                                        peer_name(broken));
    } else if (us.peer_has_closed() && unacknowledged(us, us.reset_received->progress) > 0) {
        blame = blame_peer_close(broken, Confidence::kInferred);
    } else {
        blame = blame_peer_abort(broken, Confidence::kInferred);
    }
    cite_reset(blame, broken);
    cite_write(blame, broken);
    return blame;
}

Blame blame_nobody(const Case& broken) {
    Blame blame;
    if (broken.us != nullptr && broken.us->closed && broken.us->closed->error != 0)
        blame.summary = fmt::format("the connection ended with \"{}\" and without a RST that was seen",
                                    std::generic_category().message(broken.us->closed->error));
    else
        blame.summary = "nothing was seen of this connection's end: it ended before tcpblame attached, or while the "
                        "filters did not know whose it is";
    if (broken.us != nullptr && broken.us->closed) cite(blame, broken.us->closed->stamp);
    cite_write(blame, broken);
    return blame;
}

bool has_no_connection(const Case& broken) {
    if (broken.write == nullptr) return false;
    const SocketView& socket = broken.write->socket();
    const bool connected_before = broken.us != nullptr && broken.us->tuple.remote.port != 0;
    return socket.state == TcpState::kClose && socket.tuple.remote.port == 0 && !connected_before;
}

} // namespace

Blame attribute(const Case& broken) {
    if (broken.write != nullptr && broken.write->call.file == FileKind::kPipe) return blame_pipe(broken);
    if (broken.write != nullptr && broken.write->call.file == FileKind::kUnix) return blame_unix(broken);
    Blame blame = was_refused(broken.us)                              ? blame_refusal(broken)
                  : has_no_connection(broken)                         ? blame_no_connection(broken)
                  : we_shut_down(broken)                              ? blame_local_shutdown(broken)
                  : broken.us != nullptr && broken.us->reset_received ? blame_reset(broken)
                                                                      : blame_nobody(broken);
    if (blame.cause != Cause::kLocalShutdown && error_was_taken(broken))
        blame.modifiers.push_back(Modifier::kErrorAlreadyTaken);
    return blame;
}

} // namespace tcpblame::reconstruct
