#include "reconstruct/teardown.hpp"

#include <algorithm>
#include <utility>

namespace tcpblame::reconstruct {
namespace {

using namespace model;

void learn(Endpoint& endpoint, const Stamp& stamp, const SocketView& socket) {
    endpoint.last_seen_ns = std::max(endpoint.last_seen_ns, stamp.time_ns);
    if (socket.netns != 0) endpoint.netns = socket.netns;
    endpoint.mptcp = endpoint.mptcp || socket.mptcp;
    // A disconnect erases the remote end: what was known of it before stays true of the connection.
    if (socket.tuple.remote.port != 0 || endpoint.tuple.remote.port == 0) endpoint.tuple = socket.tuple;
    if (socket.opened_by != OpenedBy::kUnknown) endpoint.opened_by = socket.opened_by;
}

/// A socket that connects again after its connection's end keeps its cookie.
void begin_anew_if_reconnected(Endpoint& endpoint, TcpState state, std::uint64_t opened_ns) {
    const auto& closed = endpoint.ending().closed;
    if (!closed) return;
    const bool was_refused = closed->state == TcpState::kSynSent;
    const bool connects_again = state == TcpState::kSynSent || (was_refused && state != TcpState::kClose);
    if (connects_again || opened_ns > closed->stamp.time_ns) endpoint.begin_anew();
}

/// A disconnect resets the counters, and erases the remote end: after the connection's end they say nothing about it.
void learn(Endpoint& endpoint, const SocketView& socket, const Progress& progress) {
    const bool is_disconnected = socket.state == TcpState::kClose && socket.tuple.remote.port == 0;
    if (endpoint.ending().closed || progress.rcv_nxt == 0 || is_disconnected) return;
    endpoint.progress = progress;
    endpoint.has_progress = true;
    if (progress.opened_ns != 0) endpoint.opened_ns = progress.opened_ns;
}

void learn_owner(Endpoint& endpoint, const Actor& actor) {
    if (actor.pid == 0 || actor.kernel_thread) return;
    const bool same = endpoint.owner && endpoint.owner->pid == actor.pid;
    endpoint.owner =
        Owner{actor.pid, actor.own_pid, actor.name, same ? endpoint.owner->fd : std::nullopt, actor.asked_for};
}

template <typename Found>
void learn_holder(Endpoint& endpoint, const Found& event) {
    learn(endpoint, event.stamp, event.socket);
    learn(endpoint, event.socket, event.progress);
    learn_owner(endpoint, event.actor);
    if (endpoint.owner && event.fd >= 0) endpoint.owner->fd = event.fd;
}

void take_error(Endpoint& endpoint, const TakenError& taken) {
    std::vector<TakenError>& errors = endpoint.ending_to_change().errors_taken;
    if (errors.size() < Ending::kErrors) errors.push_back(taken);
}

template <typename SocketEvent>
Mark mark_of(const SocketEvent& event) {
    Mark mark{event.stamp,    event.actor, event.socket.state, event.socket.shutdown,
              event.progress, {},          event.socket.idle};
    if constexpr (requires { event.stack; }) mark.stack = event.stack;
    return mark;
}

/// A FIN that came while close() held the socket is processed once close() has released it. All else by which a
/// process ends a connection comes before that, but for the RST of a negative TCP_LINGER2, and nothing came in then.
bool is_fin_in_close(const StateChanged& event) {
    return event.socket.dead && event.progress.rcv_nxt - event.progress.copied_seq == 1;
}

bool says_fin_received(const StateChanged& event) {
    const TcpState before = event.old_state;
    switch (event.new_state) {
    case TcpState::kCloseWait:
    case TcpState::kClosing: return before != event.new_state;
    case TcpState::kClose: // a TIME_WAIT minisock has taken over
        if (event.socket.error != 0 || (before != TcpState::kFinWait2 && before != TcpState::kClosing)) return false;
        // It does so in FIN_WAIT2, too: SOCK_DONE alone says whether the FIN has come.
        if (before == TcpState::kFinWait2 && event.socket.fin_received) return *event.socket.fin_received;
        return !event.socket.owned || is_fin_in_close(event);
    default: return false;
    }
}

bool says_fin_sent(const StateChanged& event) {
    return event.old_state != event.new_state &&
           (event.new_state == TcpState::kFinWait1 || event.new_state == TcpState::kLastAck);
}

/// close() after shutdown(SHUT_WR): until then it read on. tcp_close_state() (net/ipv4/tcp.c) leaves the state as it
/// is, or a minisock takes over.
bool says_closed_later(const Endpoint& endpoint, const StateChanged& event) {
    constexpr std::uint8_t kReceiving = 1; // RCV_SHUTDOWN (include/net/sock.h)
    const auto& fin = endpoint.ending().fin_sent;
    if (!fin || (fin->shutdown & kReceiving) != 0 || !event.actor || event.socket.error != 0) return false;
    const bool closes = event.actor->exiting || event.actor->syscall == Syscall::kClose;
    const bool after_fin = event.old_state == TcpState::kFinWait1 || event.old_state == TcpState::kFinWait2 ||
                           event.old_state == TcpState::kClosing || event.old_state == TcpState::kLastAck;
    return closes && after_fin && (event.old_state == event.new_state || event.new_state == TcpState::kClose);
}

void receive_reset(Endpoint& endpoint, Mark&& mark) {
    if (mark.state == TcpState::kSynSent) endpoint.opened_by = OpenedBy::kUs; // the SYN was ours
    if (!endpoint.ending().reset_received) endpoint.ending_to_change().reset_received = std::move(mark);
}

void take_back_reset(Ending& ending) {
    ending.reset_received.reset();
    ending.reset_packet.reset();
}

} // namespace

void step(Endpoint& endpoint, const StateChanged& event) {
    begin_anew_if_reconnected(endpoint, event.old_state, event.progress.opened_ns);
    learn(endpoint, event.stamp, event.socket);
    learn(endpoint, event.socket, event.progress);
    if (event.by_reset) receive_reset(endpoint, mark_of(event));
    if (event.old_state != event.new_state) endpoint.add(Transition{event.stamp.time_ns, event.new_state});
    if (says_fin_received(event) && !endpoint.ending().fin_received)
        endpoint.ending_to_change().fin_received = mark_of(event);
    if (says_closed_later(endpoint, event) && !endpoint.ending().last_close)
        endpoint.ending_to_change().last_close = mark_of(event);
    if (says_fin_sent(event) && !endpoint.ending().fin_sent) {
        endpoint.ending_to_change().fin_sent = mark_of(event);
        if (event.actor) learn_owner(endpoint, *event.actor);
    }
    if (event.new_state == TcpState::kClose && !endpoint.ending().closed) {
        Closed& closed = endpoint.ending_to_change().closed.emplace();
        static_cast<Mark&>(closed) = mark_of(event);
        closed.error = event.socket.error;
        closed.soft_error = event.socket.soft_error;
        closed.dead = event.socket.dead || event.last_close;
        closed.linger_zero = event.socket.linger_zero;
        closed.snd_wnd = event.snd_wnd;
        closed.no_route = event.no_route;
        closed.fin_received = event.socket.fin_received;
    }
}

void step(Endpoint& endpoint, const ResetSent& event) {
    learn(endpoint, event.stamp, event.socket);
    // The first abort ended it; what the host answers later in its name is about the remains.
    if (endpoint.cookie == 0 || !sent_abort(endpoint)) {
        Ending& ending = endpoint.ending_to_change();
        if (ending.reset_sent && ending.earlier_resets.size() < Ending::kResets)
            ending.earlier_resets.push_back(*ending.reset_sent);
        ending.reset_sent =
            SentReset{event.stamp,       event.actor,       event.kind,           event.reason,  event.socket.state,
                      event.segment_seq, event.segment_len, event.segment_is_syn, event.own_nxt, event.queue};
    }
    // Data after close: tcp_rcv_state_process() calls tcp_reset() itself and then answers with a RST,
    // so the "received" one before it was none (net/ipv4/tcp_input.c; 5.8 to 7.1).
    if (event.kind == ResetKind::kPassive && endpoint.ending().reset_received &&
        (event.reason == ResetReason::kAbortOnData || event.socket.dead))
        take_back_reset(endpoint.ending_to_change());
}

void step(Endpoint& endpoint, const ResetReceived& event) {
    begin_anew_if_reconnected(endpoint, event.socket.state, event.progress.opened_ns);
    learn(endpoint, event.stamp, event.socket);
    learn(endpoint, event.socket, event.progress);
    if (event.packet && !endpoint.ending().reset_received) endpoint.ending_to_change().reset_packet = *event.packet;
    receive_reset(endpoint, mark_of(event));
}

void step(Endpoint& endpoint, const ErrorReported& event) {
    learn(endpoint, event.stamp, event.socket);
    learn(endpoint, event.socket, event.progress);
    if (event.socket.error == 0) return;
    Reported& reported = endpoint.ending_to_change().error_reported.emplace();
    static_cast<Mark&>(reported) = mark_of(event);
    reported.error = event.socket.error;
}

void step(Endpoint& endpoint, const SendReturned& event) {
    begin_anew_if_reconnected(endpoint, event.socket.state, event.progress.opened_ns);
    learn(endpoint, event.stamp, event.socket);
    learn(endpoint, event.socket, event.progress);
    learn_owner(endpoint, event.actor);
    if (endpoint.owner) endpoint.owner->fd = event.call.fd;
    if (event.result < 0) {
        take_error(endpoint, {event.stamp, event.actor, -event.result, true});
    } else if (!endpoint.ending().doomed_write) {
        DoomedWrite& write = endpoint.ending_to_change().doomed_write.emplace();
        static_cast<Mark&>(write) = {event.stamp,    event.actor, event.socket.state, event.socket.shutdown,
                                     event.progress, {},          event.socket.idle};
        write.bytes = static_cast<std::uint64_t>(event.result);
    }
}

void step(Endpoint& endpoint, const ErrorReceived& event) {
    learn(endpoint, event.stamp, event.socket);
    learn_owner(endpoint, event.actor);
    take_error(endpoint, {event.stamp, event.actor, event.error});
}

void step(Endpoint& endpoint, const SocketExisted& event) {
    learn_holder(endpoint, event);
    if (endpoint.found_in == TcpState::kNone) endpoint.found_in = event.socket.state;
}

/// What has happened to it meanwhile is said by events of its own, and more exactly.
void step(Endpoint& endpoint, const PeerFound& event) {
    learn_holder(endpoint, event);
    endpoint.searched_for = true;
}

void step(Endpoint& endpoint, const SocketDestroyed& event) {
    learn(endpoint, event.stamp, event.socket);
    if (event.actor && !endpoint.owner) learn_owner(endpoint, *event.actor);
    if (!endpoint.ending().destroyed) endpoint.ending_to_change().destroyed = event.stamp;
}

bool broke(const Endpoint& endpoint) {
    const Ending& ending = endpoint.ending();
    if (!ending.closed || ending.closed->dead) return false;
    if (ending.closed->state == TcpState::kSynSent || ending.closed->state == TcpState::kSynRecv) return false;
    return ending.reset_received.has_value() || ending.closed->error != 0;
}

} // namespace tcpblame::reconstruct
