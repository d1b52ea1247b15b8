// A RST ended it: whose, and why.
#include "model/names.hpp"
#include "render/wording/deeds.hpp"
#include "render/wording/summary.hpp"

#include <cstdint>

namespace tcpblame::render {
namespace {

using namespace model;

/// "1.204 s"
void add_seconds(Words& words, std::uint64_t ns) {
    const std::uint64_t ms = ns / 1'000'000 + (ns % 1'000'000 >= 500'000 ? 1 : 0);
    const std::uint64_t rest = ms % 1000;
    words.add(ms / 1000, rest < 10 ? ".00" : rest < 100 ? ".0" : ".", rest, " s");
}

/// "this host", or the name of the peer's.
std::string_view host_of_peer(const Verdict& verdict) {
    return verdict.joined && !verdict.joined->host.empty() ? std::string_view{verdict.joined->host} : "this host";
}

void add_first(Words& words, const Verdict& verdict) {
    if (!verdict.peer) {
        words.add("the peer closed first");
        return;
    }
    add_name(words, verdict.peer->process);
    words.add(" ");
    add_deed(words, *verdict.peer);
    words.add(" first");
}

void add_crossed(Words& words, const Verdict& verdict) {
    add_first(words, verdict);
    const std::uint64_t bytes = verdict.why.empty() ? 0 : verdict.why.front().bytes.value_or(0);
    words.add("; ", bytes, " B that were under way when its FIN came were answered with a RST");
}

void add_half_closed(Words& words, const Verdict& verdict) {
    if (verdict.peer) {
        add_name(words, verdict.peer->process);
        words.add(" ");
        add_deed(words, *verdict.peer);
    } else {
        words.add("the peer closed");
    }
    words.add(", having shut down its sending side ");
    add_seconds(words, verdict.circumstances.half_closed_ns.value_or(0));
    words.add(" before; what was written then was answered with a RST");
}

/// How long before its abort the peer had closed its sending side, if it had.
void add_half_close(Words& words, const Circumstances& found) {
    if (found.half_closed_before_attach) {
        words.add("; it had closed its sending side before tcpblame attached");
    } else if (found.half_closed_ns) {
        words.add("; it had closed its sending side ");
        add_seconds(words, *found.half_closed_ns);
        words.add(" before");
    }
}

void add_abort(Words& words, const Verdict& verdict) {
    if (verdict.peer) {
        add_name(words, verdict.peer->process);
        words.add(" ");
        add_deed(words, *verdict.peer);
        words.add(": its host sent a RST");
    } else {
        words.add("the socket of ");
        add_peer_name(words, verdict);
        words.add(" on ", host_of_peer(verdict), " aborted the connection with a RST");
    }
    add_half_close(words, verdict.circumstances);
}

void add_overflow(Words& words, const Verdict& verdict) {
    words.add("the accept queue of ");
    add_peer_name(words, verdict);
    words.add(" was full, and its host is set to answer that with a RST (tcp_abort_on_overflow)");
}

void add_unknown_connection(Words& words, const Verdict& verdict) {
    words.add("the host that answers as ");
    add_peer_name(words, verdict);
    words.add(" sent a RST: it does not know this connection (any more)");
    const Circumstances& found = verdict.circumstances;
    switch (found.other_end) {
    case OtherEnd::kGaveUp: words.add("; the peer's end had ended with ", errno_name(found.other_end_error)); break;
    case OtherEnd::kClosedSilently:
        words.add("; the peer's end was closed without a FIN or a RST, as TCP_REPAIR does it");
        break;
    case OtherEnd::kNotSeenClosed: words.add(", and no close of the peer was seen"); break;
    case OtherEnd::kClosed:
    case OtherEnd::kUnknown: break;
    }
    if (found.other_end_reset) words.add("; a RST had ended it there");
}

void add_between(Words& words, const Verdict& verdict) {
    words.add(verdict.circumstances.both_reset ? "both ends received a RST, this one and "
                                               : "a RST came in the name of ");
    add_peer_name(words, verdict);
    if (verdict.circumstances.both_reset)
        words.add(" on ", host_of_peer(verdict), ", and neither sent one: something between the two sent both");
    else
        words.add(", whose socket on ", host_of_peer(verdict), " sent none: something between the two did");
}

void add_unseen(Words& words, const Verdict& verdict) {
    words.add("a RST from ");
    add_peer_name(words, verdict);
    words.add(" ended the connection; who sent it cannot be seen from here");
    add_half_close(words, verdict.circumstances);
}

} // namespace

void add_reset_summary(Words& words, const Verdict& verdict) {
    switch (verdict.rule) {
    case Rule::kPeerClosed:
        add_first(words, verdict);
        words.add("; our next write was answered with a RST");
        return;
    case Rule::kPeerClosedUnseen:
        add_first(words, verdict);
        words.add("; we wrote, and a RST came that fits an answer to it");
        return;
    case Rule::kCrossed:
    case Rule::kCrossedUnseen: add_crossed(words, verdict); return;
    case Rule::kHalfClosed: add_half_closed(words, verdict); return;
    case Rule::kPeerAborted:
    case Rule::kPeerAbortedUnseen:
    case Rule::kListenerClosed:
    case Rule::kAmidAbort: add_abort(words, verdict); return;
    case Rule::kQueueOverflow:
    case Rule::kQueueOverflowUnseen: add_overflow(words, verdict); return;
    case Rule::kUnknownConnection:
    case Rule::kAddressMoved:
    case Rule::kStateLost:
    case Rule::kQueueDropped: add_unknown_connection(words, verdict); return;
    case Rule::kBetween: add_between(words, verdict); return;
    case Rule::kUnseenReset: add_unseen(words, verdict); return;
    default: return;
    }
}

} // namespace tcpblame::render
