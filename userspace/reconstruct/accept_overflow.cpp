#include "reconstruct/accept_overflow.hpp"

namespace tcpblame::reconstruct {

using namespace model;

bool handshake_alone_was_answered(const Endpoint& us) {
    constexpr std::uint64_t kSyn = 1;
    return us.has_progress && us.progress.bytes_acked <= kSyn && us.progress.bytes_received == 0;
}

bool is_full(const AcceptQueue& queue) { return queue.length > queue.limit; }

namespace {

/// No probe of a silent connection, which has the number before what was acknowledged, and no FIN.
bool may_be_last_of_handshake(const SentReset& sent, const Endpoint& us) {
    return sent.segment_seq == us.ending().reset_received->progress.snd_una && !us.ending().fin_sent;
}

} // namespace

std::optional<Confidence> overflow(const SentReset& sent, const Case& broken) {
    const bool may_be = sent.kind == ResetKind::kPassive && sent.sender_state == TcpState::kListen &&
                        sent.segment_len == 0 && !sent.segment_is_syn;
    if (!may_be) return std::nullopt;
    // Without memory for the new socket it answers so, too: tcp_v4_syn_recv_sock() (net/ipv4/tcp_ipv4.c).
    if (sent.reason == ResetReason::kInvalidSyn)
        return !sent.queue || is_full(*sent.queue) ? Confidence::kObserved : Confidence::kInferred;
    // An older recording has it among those without a name of their own.
    const bool may_be_this_reason =
        sent.reason == ResetReason::kUnknown || (sent.reason == ResetReason::kOther && !sent.queue);
    if (!may_be_this_reason || !handshake_alone_was_answered(*broken.us)) return std::nullopt;
    if (!may_be_last_of_handshake(sent, *broken.us)) return std::nullopt;
    if (!sent.queue) return Confidence::kInferred; // an older recording does not say more
    if (!sent.queue->aborts_on_overflow || !is_full(*sent.queue)) return std::nullopt;
    return Confidence::kObserved;
}

} // namespace tcpblame::reconstruct
