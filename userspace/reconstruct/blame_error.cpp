// The connection ended with an error that no RST brought: somebody killed the socket, a timer gave the peer up, or
// the network said that it cannot be reached.
#include "reconstruct/blame.hpp"
#include "reconstruct/peer_act.hpp"
#include "reconstruct/processes.hpp"

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

namespace tcpblame::reconstruct {

using namespace model;

namespace {

/// tcp_write_err() and tcp_keepalive_timer() (net/ipv4/tcp_timer.c; 5.8 to 7.1).
TimeoutKind kind_of(const Endpoint& us) {
    const Progress& progress = us.ending().closed->progress;
    const bool nothing_in_flight = progress.snd_una == progress.snd_nxt;
    const bool nothing_waits = progress.write_seq == progress.snd_nxt;
    if (us.ending().reset_sent && us.ending().reset_sent->reason == ResetReason::kKeepaliveTimeout)
        return TimeoutKind::kKeepalive;
    // Keepalive probes an idle connection; a closed window is probed because data waits.
    if (progress.probes > 0 && nothing_in_flight && nothing_waits) return TimeoutKind::kKeepalive;
    if (progress.user_timeout_ms > 0) return TimeoutKind::kUserTimeout;
    return progress.probes > 0 && progress.retransmits == 0 ? TimeoutKind::kZeroWindow : TimeoutKind::kRetransmission;
}

Timeout timeout_of(const Endpoint& us) {
    const Progress& progress = us.ending().closed->progress;
    return {.kind = kind_of(us),
            .retransmits = progress.retransmits,
            .probes = progress.probes,
            .user_timeout_ms = progress.user_timeout_ms,
            .silent_ms = progress.silent_ms};
}

std::uint64_t in_flight(const Progress& progress) { return progress.snd_nxt - progress.snd_una; }
std::uint64_t unsent(const Progress& progress) { return progress.write_seq - progress.snd_nxt; }

/// Where both sequence numbers are near each other; they wrap.
bool is_ahead(std::uint32_t one, std::uint32_t other) { return static_cast<std::int32_t>(one - other) > 0; }

/// Within the time that TCP_USER_TIMEOUT gave it, the peer's host answered. (Probes that go unanswered are counted, and
/// give a connection up by themselves; those that are answered never do: tcp_probe_timer() in net/ipv4/tcp_timer.c.)
bool host_answered(const Progress& progress) {
    return progress.user_timeout_ms > 0 && progress.silent_ms < progress.user_timeout_ms;
}

bool is_window_closed(const Endpoint& us) {
    const Closed& closed = *us.ending().closed;
    return closed.snd_wnd == 0U && in_flight(closed.progress) == 0 && unsent(closed.progress) > 0 &&
           host_answered(closed.progress);
}

/// A packet that cannot be sent is not counted as under way: tcp_write_xmit() (net/ipv4/tcp_output.c). So it is where
/// there is no route, and where this host's own firewall drops what goes out: then the socket still has its route.
bool could_send_nothing(const Endpoint& us) {
    const Closed& closed = *us.ending().closed;
    return closed.snd_wnd > 0U && in_flight(closed.progress) == 0 && unsent(closed.progress) > 0;
}

std::optional<Process> holder_of(const Endpoint& endpoint) {
    if (!endpoint.owner) return std::nullopt;
    Process process;
    process.pid = endpoint.owner->pid;
    process.own_pid = endpoint.owner->own_pid != endpoint.owner->pid ? endpoint.owner->own_pid : 0;
    process.name = endpoint.owner->name;
    process.fd = endpoint.owner->fd;
    process.host = endpoint.host();
    return process;
}

/// The peer's process ended, or closed its end, and we heard nothing of it.
std::optional<Reason> end_of_peer(const Case& broken) {
    if (broken.peer == nullptr) return std::nullopt;
    const auto act = finishing_act(*broken.peer);
    const std::uint64_t gave_up_ns = broken.us->ending().closed->stamp.time_ns;
    if (!act || (act->act != Act::kKilled && act->act != Act::kExit)) return std::nullopt;
    const Stamp& stamp = broken.peer->ending().fin_sent->stamp;
    if (broken.far == nullptr && stamp.time_ns > gave_up_ns) return std::nullopt;
    Reason made = reason_at(act->act == Act::kKilled ? ReasonCode::kKilled : ReasonCode::kExited,
                            act_is_inferred(*broken.peer) ? Confidence::kInferred : Confidence::kObserved, stamp);
    made.at_ns = act->at_ns;
    made.process = act->process;
    made.signal = act->signal;
    made.exit_status = act->exit_status;
    return made;
}

bool lived_on(const Endpoint& peer, std::uint64_t at_ns) {
    return !peer.ending().closed || peer.ending().closed->stamp.time_ns > at_ns;
}

/// It was looked at after ours had ended, and lives on: nothing of what is under way has come there.
bool got_nothing(const Endpoint& peer, const Closed& ours) {
    return in_flight(ours.progress) > 0 && !peer.ending().closed && !peer.ending().fin_sent &&
           peer.last_seen_ns >= ours.stamp.time_ns && peer.progress.rcv_nxt == ours.progress.snd_una;
}

std::optional<Reason> reason_of_silence(const Case& broken) {
    const Endpoint& us = *broken.us;
    const Closed& closed = *us.ending().closed;
    if (auto ended = end_of_peer(broken)) return ended;
    if (is_window_closed(us)) {
        Reason made = reason_at(ReasonCode::kWindowClosed, Confidence::kObserved, closed.stamp);
        if (broken.peer != nullptr && broken.peer->has_progress && lived_on(*broken.peer, closed.stamp.time_ns)) {
            made.process = holder_of(*broken.peer);
            made.bytes = unread(*broken.peer, broken.peer->progress);
        }
        return made;
    }
    if (could_send_nothing(us))
        return closed.no_route ? reason_at(ReasonCode::kNoRoute, Confidence::kObserved, closed.stamp)
                               : reason_at(ReasonCode::kFilteredHere, Confidence::kInferred, closed.stamp);
    const bool peer_is_there = broken.peer != nullptr && broken.far == nullptr && broken.peer->has_progress;
    if (peer_is_there && is_ahead(broken.peer->progress.rcv_nxt, closed.progress.snd_una)) {
        Reason made = reason_at(ReasonCode::kFilteredHere, Confidence::kInferred, closed.stamp);
        made.bytes = broken.peer->progress.rcv_nxt - closed.progress.snd_una;
        return made;
    }
    if (peer_is_there && got_nothing(*broken.peer, closed)) {
        Reason made = reason_at(ReasonCode::kFilteredHere, Confidence::kInferred, closed.stamp);
        made.bytes = 0;
        return made;
    }
    return std::nullopt;
}

Rule rule_of_silence(const Endpoint& us, const std::vector<Reason>& why) {
    if (why.empty()) return Rule::kNoAnswer;
    switch (why.front().code) {
    case ReasonCode::kWindowClosed: return Rule::kWindowClosed;
    case ReasonCode::kNoRoute: return Rule::kNoRouteTimeout;
    case ReasonCode::kFilteredHere:
        if (why.front().bytes == std::uint64_t{0}) return Rule::kFilteredAway;
        return could_send_nothing(us) ? Rule::kFilteredOut : Rule::kFilteredIn;
    default: return Rule::kPeerEndedUnheard;
    }
}

Blame blame_timer(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kTimedOut;
    blame.confidence = Confidence::kObserved;
    blame.timeout = timeout_of(*broken.us);
    if (auto why = reason_of_silence(broken)) blame.why.push_back(std::move(*why));
    blame.rule = rule_of_silence(*broken.us, blame.why);
    blame.circumstances.nothing_sent = could_send_nothing(*broken.us);
    return blame;
}

/// net/ipv4/icmp.c: icmp_err_convert; net/ipv6/icmp.c: icmpv6_err_convert().
IcmpKind icmp_kind_of(int error) {
    switch (error) {
    case ECONNREFUSED: return IcmpKind::kPortUnreachable;
    case EACCES: return IcmpKind::kAdministrativelyProhibited;
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENONET: return IcmpKind::kHostUnreachable;
    case ENETUNREACH: return IcmpKind::kNetUnreachable;
    case ENOPROTOOPT: return IcmpKind::kProtocolUnreachable;
    case EPROTO: return IcmpKind::kParameterProblem;
    default: return IcmpKind::kNone;
    }
}

/// Of a connection that was open: a host that has no socket for it answers with a RST.
std::optional<Reason> rejection(IcmpKind kind, const Stamp& stamp) {
    if (kind != IcmpKind::kPortUnreachable && kind != IcmpKind::kAdministrativelyProhibited) return std::nullopt;
    return reason_at(ReasonCode::kFirewall, Confidence::kInferred, stamp);
}

/// A retransmission that finds no route is tried, and not sent: inet_sk_rebuild_header() (net/ipv4/af_inet.c) leaves
/// the route's error as the soft one, which an ICMP error would leave as well.
bool retransmissions_left(const Progress& progress) {
    return in_flight(progress) > 0 && progress.total_retrans >= progress.retransmits;
}

Blame blame_network(const Case& broken) {
    const Endpoint& us = *broken.us;
    const Closed& closed = *us.ending().closed;
    Blame blame;
    blame.cause = Cause::kUnreachable;
    // A SYN is refused by a RST as well.
    const bool may_be_a_reset = closed.error == ECONNREFUSED && closed.state == TcpState::kSynSent;
    blame.confidence = may_be_a_reset ? Confidence::kInferred : Confidence::kObserved;
    if (closed.progress.retransmits > 0) blame.timeout = timeout_of(us);
    blame.circumstances.socket_error = closed.error;
    // No route gives these two as well, and a route that is set to prohibit EACCES.
    const bool may_be_a_route = closed.error == EHOSTUNREACH || closed.error == ENETUNREACH || closed.error == EACCES;
    blame.rule = Rule::kUnreachable;
    if (may_be_a_route && !retransmissions_left(closed.progress) && closed.state != TcpState::kSynSent) {
        blame.rule = Rule::kNoRoute;
        blame.why.push_back(reason_at(ReasonCode::kNoRoute,
                                      closed.no_route ? Confidence::kObserved : Confidence::kInferred, closed.stamp));
        return blame;
    }
    blame.icmp = icmp_kind_of(closed.error);
    if (closed.state != TcpState::kSynSent)
        if (auto rejected = rejection(blame.icmp, closed.stamp)) blame.why.push_back(std::move(*rejected));
    return blame;
}

/// MPTCP: the RST or fast close came to a subflow; the connection's own socket shows its error (net/mptcp/protocol.c).
Blame blame_reset_of_subflows(const Case& broken) {
    Blame blame;
    if (!broken.us->mptcp) {
        blame.rule = Rule::kErrorWithoutReset;
        blame.circumstances.socket_error = ECONNRESET;
        return blame;
    }
    blame.rule = Rule::kSubflowsReset;
    blame.cause = Cause::kPeerAborted;
    blame.confidence = Confidence::kInferred;
    return blame;
}

} // namespace

bool aborted_from_outside(const Endpoint& endpoint) {
    return endpoint.ending().closed && endpoint.ending().closed->error == ECONNABORTED;
}

Blame blame_admin(const Case& broken, const Endpoint& aborted) {
    Blame blame;
    blame.cause = Cause::kKilledByAdmin;
    const auto& actor = aborted.ending().closed->actor;
    if (actor && actor->pid != 0) {
        blame.rule = &aborted == broken.us ? Rule::kAdminKill : Rule::kAdminKillOfPeer;
        blame.confidence = Confidence::kObserved;
        blame.killed_by = process_of(*actor);
        blame.killed_by->host = aborted.host();
    } else {
        blame.rule = Rule::kAdminKillUnseen;
        blame.confidence = Confidence::kInferred;
        blame.circumstances.of_other_end = &aborted != broken.us;
    }
    const auto cite_it = [&](const Stamp& stamp) {
        return &aborted == broken.us ? cite(blame, stamp) : cite_peer(blame, broken, stamp);
    };
    cite_it(aborted.ending().closed->stamp);
    if (aborted.ending().reset_sent) cite_it(aborted.ending().reset_sent->stamp);
    return blame;
}

/// IP_RECVERR: tcp_v4_err() (net/ipv4/tcp_ipv4.c) gives the error to a live connection at once. What its process does
/// with it after that is another matter.
bool was_reported_to(const Case& broken) {
    return broken.us != nullptr && broken.write != nullptr && broken.us->ending().error_reported &&
           broken.write->socket().state != TcpState::kClose &&
           broken.us->ending().error_reported->error == broken.write->error &&
           broken.us->ending().error_reported->stamp.time_ns <= broken.write->time_ns;
}

Blame blame_report(const Case& broken) {
    const Reported& reported = *broken.us->ending().error_reported;
    Blame blame;
    blame.icmp = icmp_kind_of(reported.error);
    blame.circumstances.socket_error = reported.error;
    cite(blame, reported.stamp);
    cite_write(blame, broken);
    if (blame.icmp == IcmpKind::kNone) { // tls_err_abort() (net/tls/tls_sw.c) gives EBADMSG
        blame.rule = Rule::kReportedOther;
        return blame;
    }
    if (auto rejected = rejection(blame.icmp, reported.stamp)) blame.why.push_back(std::move(*rejected));
    blame.rule = Rule::kReported;
    blame.cause = Cause::kUnreachable;
    blame.confidence = Confidence::kObserved;
    return blame;
}

Blame blame_error(const Case& broken) {
    Blame blame;
    switch (broken.us->ending().closed->error) {
    case ECONNABORTED: blame = blame_admin(broken, *broken.us); break;
    case ECONNRESET: blame = blame_reset_of_subflows(broken); break;
    case ETIMEDOUT: blame = blame_timer(broken); break;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENONET:
    case ENOPROTOOPT:
    case EPROTO:
    case ECONNREFUSED: // by a RST it would have been reported as such
    case EACCES: blame = blame_network(broken); break;
    default: blame.rule = Rule::kOtherError; blame.circumstances.socket_error = broken.us->ending().closed->error;
    }
    if (blame.evidence.empty()) cite(blame, broken.us->ending().closed->stamp);
    cite_write(blame, broken);
    return blame;
}

} // namespace tcpblame::reconstruct
