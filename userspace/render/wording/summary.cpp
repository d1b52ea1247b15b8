#include "render/wording/summary.hpp"

#include "model/address_text.hpp"
#include "model/names.hpp"
#include "render/wording/deeds.hpp"

namespace tcpblame::render {
namespace {

using namespace model;

constexpr std::string_view kEvictedToKeep = " was evicted to keep within --max-memory";

std::string error_of_write(const Verdict& verdict) { return errno_name(verdict.write ? verdict.write->error : 0); }

// ── No connection ───────────────────────────────────────────────────────────────────────────────

void add_refusal(Words& words, const Verdict& verdict) {
    words.add("connecting to ");
    add_peer_name(words, verdict);
    words.add(" was answered with a RST: nobody accepts there");
    if (!verdict.circumstances.reset_sender_seen) words.add(", or a firewall refuses in its name");
}

void add_refused_before(Words& words, const Verdict& verdict) {
    words.add("this socket has no connection: connecting to ");
    add_peer_name(words, verdict);
    words.add(" was refused before");
}

void add_never_connected(Words& words, const Verdict& verdict) {
    words.add("this socket has no connection: it was never connected");
    if (!verdict.circumstances.never_used)
        words.add(", connecting failed, or it was disconnected since, as connect(AF_UNSPEC) does it");
}

// ── Our own side ────────────────────────────────────────────────────────────────────────────────

/// "we", or the process that shares the socket.
void add_our_side(Words& words, const Verdict& verdict) {
    const auto& other = verdict.circumstances.other_holder;
    if (!other) {
        words.add("we");
        return;
    }
    add_name(words, *other);
    // Of two that have no number here it is not known whether they are one.
    const bool may_be_one = other->pid == 0 && verdict.process && verdict.process->pid == 0;
    words.add(", which ", may_be_one ? "holds" : "shares", " this socket,");
}

void add_shutdown(Words& words, const Verdict& verdict) {
    add_our_side(words, verdict);
    words.add(" had shut down our own sending side");
    if (!verdict.circumstances.reset_came) words.add("; no RST is involved");
}

void add_own_abort(Words& words, const Verdict& verdict) {
    add_our_side(words, verdict);
    words.add(verdict.rule == Rule::kDisconnected ? " disconnected this socket with connect(AF_UNSPEC)"
                                                  : " aborted this connection: its close sent a RST");
}

// ── An error that no RST brought ────────────────────────────────────────────────────────────────

void add_killer(Words& words, const Verdict& verdict) {
    const bool ours = verdict.rule == Rule::kAdminKill ||
                      (verdict.rule == Rule::kAdminKillUnseen && !verdict.circumstances.of_other_end);
    const std::string_view whose = ours ? "this socket" : "the other end's socket";
    if (verdict.killed_by) {
        add_name(words, *verdict.killed_by);
        words.add(" aborted ", whose, " from outside");
    } else {
        words.add(whose, " was aborted from outside (ss -K or the like), by whom was not seen");
    }
}

void add_timer(Words& words, const Timeout& timeout) {
    switch (timeout.kind) {
    case TimeoutKind::kRetransmission: words.add("after ", timeout.retransmits, " retransmissions"); return;
    case TimeoutKind::kUserTimeout: words.add("by TCP_USER_TIMEOUT, ", timeout.user_timeout_ms, " ms"); return;
    case TimeoutKind::kKeepalive: words.add("after ", timeout.probes, " keepalive probes"); return;
    case TimeoutKind::kZeroWindow: words.add("after ", timeout.probes, " probes of its closed window"); return;
    }
}

void add_timeout(Words& words, const Verdict& verdict) {
    const Timeout timeout = verdict.timeout.value_or(Timeout{});
    if (verdict.rule == Rule::kWindowClosed) {
        add_peer_name(words, verdict);
        words.add(" answered, but took no more data");
    } else if (verdict.circumstances.nothing_sent) {
        words.add("this host could send nothing to ");
        add_peer_name(words, verdict);
    } else {
        // It may have sent on all the while, and SACKs.
        const bool probed = timeout.kind == TimeoutKind::kKeepalive;
        words.add("no ", probed ? "answer" : "acknowledgement of all that we sent", " reached this socket from ");
        add_peer_name(words, verdict);
    }
    words.add(": our kernel gave the connection up ");
    add_timer(words, timeout);
}

std::string_view icmp_words(IcmpKind kind) {
    switch (kind) {
    case IcmpKind::kPortUnreachable: return "ICMP port unreachable";
    case IcmpKind::kAdministrativelyProhibited: return "ICMP administratively prohibited";
    case IcmpKind::kHostUnreachable: return "ICMP host unreachable, filtered or time exceeded";
    case IcmpKind::kNetUnreachable: return "ICMP network unreachable or filtered";
    case IcmpKind::kProtocolUnreachable: return "ICMP protocol unreachable";
    case IcmpKind::kParameterProblem: return "ICMP parameter problem";
    case IcmpKind::kNone: break;
    }
    return "an ICMP error";
}

void add_network_error(Words& words, const Verdict& verdict) {
    words.add("the network said ", errno_name(verdict.circumstances.socket_error), " of ");
    add_peer_name(words, verdict);
    words.add(": ", icmp_words(verdict.icmp));
}

void add_giving_up(Words& words, const Verdict& verdict) {
    if (!verdict.timeout) return;
    words.add(", and our kernel gave the connection up ");
    add_timer(words, *verdict.timeout);
}

void add_no_route(Words& words, const Verdict& verdict) {
    words.add("this host had no way to ");
    add_peer_name(words, verdict);
    words.add(" any more (", errno_name(verdict.circumstances.socket_error), ")");
    add_giving_up(words, verdict);
}

void add_subflows_reset(Words& words, const Verdict& verdict) {
    words.add("the MPTCP connection to ");
    add_peer_name(words, verdict);
    words.add(" was reset: a RST or a fast close came to its subflows");
}

// ── Other files, and signals ────────────────────────────────────────────────────────────────────

void add_file(Words& words, std::string_view what, const Verdict& verdict) {
    words.add(what);
    if (!verdict.peer) return;
    words.add("; ");
    add_name(words, verdict.peer->process);
    words.add(" ");
    add_deed(words, *verdict.peer);
}

void add_parent(Words& words, const Verdict& verdict) {
    if (verdict.sender)
        add_name(words, *verdict.sender);
    else
        words.add("its parent");
    words.add(" ended, and this process had asked for SIGPIPE at its parent's end (PR_SET_PDEATHSIG); no write failed");
}

void add_sender(Words& words, const Verdict& verdict) {
    if (!verdict.sender) {
        words.add("a process sent this SIGPIPE; which one is not known; no write failed");
    } else if (verdict.circumstances.sent_to_itself) {
        words.add("the process sent this SIGPIPE to itself; no write failed");
    } else {
        add_name(words, *verdict.sender);
        words.add(" sent this SIGPIPE; no write failed");
    }
}

// ── Nothing broke ───────────────────────────────────────────────────────────────────────────────

void add_orderly(Words& words, const Verdict& verdict) {
    if (verdict.closed_first == OpenedBy::kPeer && verdict.peer) {
        add_name(words, verdict.peer->process);
        words.add(" ");
        add_deed(words, *verdict.peer);
        words.add(" first");
    } else if (verdict.closed_first == OpenedBy::kPeer) {
        words.add("the peer closed first");
    } else if (verdict.closed_first == OpenedBy::kUnknown) {
        words.add("it was never established");
    } else {
        words.add(verdict.circumstances.both_closed
                      ? "we closed first"
                      : "we closed, and the peer had not closed yet when our kernel dropped the socket");
    }
    words.add("; nothing broke");
}

void add_death(Words& words, const Verdict& verdict) {
    if (verdict.peer) {
        add_name(words, verdict.peer->process);
        words.add(" ");
        add_deed(words, *verdict.peer);
    } else {
        words.add("the peer's process was killed");
    }
    words.add(" with this connection open; its kernel closed it, and here that looks like the end of what it sent");
}

void add_unanswered(Words& words, const Verdict& verdict) {
    if (verdict.peer) {
        add_name(words, verdict.peer->process);
        words.add(" ");
        add_deed(words, *verdict.peer);
    } else {
        words.add("the peer closed");
    }
    words.add(" without answering what it was sent last; nothing failed: here that looks like the end of what it sent");
}

// Each says whether it has the sentence of the verdict's rule.

bool add_connect_summary(Words& words, const Verdict& verdict) {
    switch (verdict.rule) {
    case Rule::kNobody:
        words.add("nothing was seen of this connection's end: it ended before tcpblame attached, or while the filters "
                  "did not know whose it is");
        return true;
    case Rule::kEvicted: words.add("what was known of this connection", kEvictedToKeep); return true;
    case Rule::kRefused: add_refusal(words, verdict); return true;
    case Rule::kRefusedBefore: add_refused_before(words, verdict); return true;
    case Rule::kConnectRefusedUnseen:
    case Rule::kConnectFailedUnseen:
        words.add("this socket has no connection: connecting failed before with ", error_of_write(verdict));
        return true;
    case Rule::kDisconnectedUnseen:
        words.add("this socket has no connection any more: it was disconnected before, as connect(AF_UNSPEC) does it");
        return true;
    case Rule::kNeverConnected: add_never_connected(words, verdict); return true;
    default: return false;
    }
}

bool add_own_summary(Words& words, const Verdict& verdict) {
    switch (verdict.rule) {
    case Rule::kLocalShutdown: add_shutdown(words, verdict); return true;
    case Rule::kLocalShutdownUnseen:
        words.add("our sending side had been shut down; when and by whom was not seen");
        return true;
    case Rule::kDisconnected:
    case Rule::kOwnAbort: add_own_abort(words, verdict); return true;
    case Rule::kOrderly: add_orderly(words, verdict); return true;
    case Rule::kPeerDied: add_death(words, verdict); return true;
    case Rule::kUnanswered: add_unanswered(words, verdict); return true;
    default: return false;
    }
}

bool add_error_summary(Words& words, const Verdict& verdict) {
    switch (verdict.rule) {
    case Rule::kAdminKill:
    case Rule::kAdminKillOfPeer:
    case Rule::kAdminKillUnseen: add_killer(words, verdict); return true;
    case Rule::kSubflowsReset: add_subflows_reset(words, verdict); return true;
    case Rule::kErrorWithoutReset:
    case Rule::kOtherError:
        words.add("the connection ended with ", errno_name(verdict.circumstances.socket_error),
                  " and without a RST that was seen");
        return true;
    case Rule::kNoAnswer:
    case Rule::kPeerEndedUnheard:
    case Rule::kWindowClosed:
    case Rule::kNoRouteTimeout:
    case Rule::kFilteredOut:
    case Rule::kFilteredIn:
    case Rule::kFilteredAway: add_timeout(words, verdict); return true;
    case Rule::kUnreachable:
        add_network_error(words, verdict);
        add_giving_up(words, verdict);
        return true;
    case Rule::kNoRoute: add_no_route(words, verdict); return true;
    case Rule::kReported:
        add_network_error(words, verdict);
        words.add("; the connection lives on, and this write was given the error, as IP_RECVERR asks for");
        return true;
    case Rule::kReportedOther:
        words.add("the kernel reported ", errno_name(verdict.circumstances.socket_error),
                  " of this socket, whose connection lives on, and this write was given the error; why was not seen");
        return true;
    default: return false;
    }
}

bool add_file_summary(Words& words, const Verdict& verdict) {
    switch (verdict.rule) {
    case Rule::kPipe:
    case Rule::kPipeUnseen: add_file(words, "the reading end of this pipe is closed", verdict); return true;
    case Rule::kMovedFile:
        words.add("the descriptor names another file by now, one that gives no EPIPE, and the write's own return was "
                  "not seen: another thread has put that file there");
        return true;
    case Rule::kUnixPeer:
    case Rule::kUnixDatagram: add_file(words, "the other end of this unix socket is closed", verdict); return true;
    case Rule::kUnixShutDown:
        words.add("a unix socket that was shut down, by this end for writing or by the other for reading; which one "
                  "cannot be seen");
        return true;
    case Rule::kUnixUnseen:
        words.add("a unix socket that gave ", error_of_write(verdict),
                  ", and whose other end was not seen to be closed");
        return true;
    default: return false;
    }
}

bool add_signal_summary(Words& words, const Verdict& verdict) {
    switch (verdict.rule) {
    case Rule::kSentByProcess:
    case Rule::kSentUnseen: add_sender(words, verdict); return true;
    case Rule::kSentByTimer: words.add("a POSIX timer that was set to SIGPIPE ran out; no write failed"); return true;
    case Rule::kSentForParent: add_parent(words, verdict); return true;
    case Rule::kSentByKernel:
        words.add("the kernel sent this SIGPIPE on somebody's order (F_SETSIG, mq_notify() or a child's exit signal), "
                  "for no write");
        return true;
    default: return false;
    }
}

} // namespace

void add_peer_name(Words& words, const Verdict& verdict) {
    if (!verdict.connection || verdict.connection->tuple.remote.family == Family::kNone)
        words.add("the peer");
    else
        words.add(AddressText(verdict.connection->tuple.remote).view());
}

void add_summary(Words& words, const Verdict& verdict) {
    const bool said = add_connect_summary(words, verdict) || add_own_summary(words, verdict) ||
                      add_error_summary(words, verdict) || add_file_summary(words, verdict) ||
                      add_signal_summary(words, verdict);
    if (!said) add_reset_summary(words, verdict);
    if (verdict.circumstances.evicted == Evicted::kNothing) return;
    words.add("; what was known of ",
              verdict.circumstances.evicted == Evicted::kConnection ? "this connection" : "its other end",
              kEvictedToKeep);
}

std::string summary_of(const Verdict& verdict) {
    Words words;
    add_summary(words, verdict);
    return words.str();
}

} // namespace tcpblame::render
