// The connection ended with an error that no RST brought: somebody killed the socket, a timer gave the peer up, or
// the network said that it cannot be reached.
#include "reconstruct/blame.hpp"
#include "reconstruct/processes.hpp"
#include "reconstruct/words.hpp"

#include "model/names.hpp"

#include <cerrno>
#include <fmt/format.h>

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

std::string timer_words(const Timeout& timeout) {
    switch (timeout.kind) {
    case TimeoutKind::kRetransmission: return fmt::format("after {} retransmissions", timeout.retransmits);
    case TimeoutKind::kUserTimeout: return fmt::format("by TCP_USER_TIMEOUT, {} ms", timeout.user_timeout_ms);
    case TimeoutKind::kKeepalive: return fmt::format("after {} keepalive probes", timeout.probes);
    case TimeoutKind::kZeroWindow: return fmt::format("after {} probes of its closed window", timeout.probes);
    }
    return {};
}

Blame blame_timer(const Case& broken) {
    Blame blame;
    blame.cause = Cause::kTimedOut;
    blame.confidence = Confidence::kObserved;
    blame.timeout = timeout_of(*broken.us);
    blame.summary = fmt::format("{} did not answer: our kernel gave the connection up {}", peer_name(broken),
                                timer_words(*blame.timeout));
    return blame;
}

Blame blame_network(const Case& broken) {
    const Endpoint& us = *broken.us;
    Blame blame;
    blame.cause = Cause::kUnreachable;
    blame.confidence = Confidence::kObserved;
    blame.summary = fmt::format("the network said {} of {}", errno_name(us.ending().closed->error), peer_name(broken));
    if (us.ending().closed->progress.retransmits > 0) {
        blame.timeout = timeout_of(us);
        blame.summary += fmt::format(", and our kernel gave the connection up {}", timer_words(*blame.timeout));
    }
    return blame;
}

/// MPTCP: the RST or fast close came to a subflow; the connection's own socket shows its error (net/mptcp/protocol.c).
Blame blame_reset_of_subflows(const Case& broken) {
    Blame blame;
    if (!broken.us->mptcp) {
        blame.summary = "the connection ended with ECONNRESET and without a RST that was seen";
        return blame;
    }
    blame.cause = Cause::kPeerAborted;
    blame.confidence = Confidence::kInferred;
    blame.summary = fmt::format("the MPTCP connection to {} was reset: a RST or a fast close came to its subflows",
                                peer_name(broken));
    return blame;
}

} // namespace

bool aborted_from_outside(const Endpoint& endpoint) {
    return endpoint.ending().closed && endpoint.ending().closed->error == ECONNABORTED;
}

Blame blame_admin(const Case& broken, const Endpoint& aborted) {
    Blame blame;
    blame.cause = Cause::kKilledByAdmin;
    const char* whose = &aborted == broken.us ? "this socket" : "the other end's socket";
    const auto& actor = aborted.ending().closed->actor;
    if (actor && actor->pid != 0) {
        blame.confidence = Confidence::kObserved;
        blame.killed_by = process_of(*actor);
        blame.killed_by->host = aborted.host();
        blame.summary = fmt::format("{} aborted {} from outside", who(*blame.killed_by), whose);
    } else {
        blame.confidence = Confidence::kInferred;
        blame.summary = fmt::format("{} was aborted from outside (ss -K or the like), by whom was not seen", whose);
    }
    const auto cite_it = [&](const Stamp& stamp) {
        return &aborted == broken.us ? cite(blame, stamp) : cite_peer(blame, broken, stamp);
    };
    cite_it(aborted.ending().closed->stamp);
    if (aborted.ending().reset_sent) cite_it(aborted.ending().reset_sent->stamp);
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
    case EPROTO: blame = blame_network(broken); break;
    default:
        blame.summary = fmt::format("the connection ended with {} and without a RST that was seen",
                                    errno_name(broken.us->ending().closed->error));
    }
    if (blame.evidence.empty()) cite(blame, broken.us->ending().closed->stamp);
    cite_write(blame, broken);
    return blame;
}

} // namespace tcpblame::reconstruct
