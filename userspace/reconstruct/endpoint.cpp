#include "reconstruct/endpoint.hpp"

#include <cstdlib>

namespace tcpblame::reconstruct {
namespace {

/// bytes_acked counts the SYN of the end that opened, and rcv_nxt the peer's: off by one at most.
constexpr std::int32_t kStartTolerance = 2;

std::uint32_t first_sent(const model::Progress& progress) {
    return progress.snd_una - static_cast<std::uint32_t>(progress.bytes_acked);
}

std::uint32_t first_received(const model::Progress& progress) {
    return progress.rcv_nxt - static_cast<std::uint32_t>(progress.bytes_received);
}

bool close_to(std::uint32_t one, std::uint32_t other) {
    return std::abs(static_cast<std::int32_t>(one - other)) <= kStartTolerance;
}

} // namespace

std::uint64_t unacknowledged(const Endpoint& endpoint, const model::Progress& progress) {
    const std::uint32_t outstanding = progress.write_seq - progress.snd_una; // wraps as TCP does
    const bool syn_or_fin = endpoint.fin_sent.has_value() ||
                            (endpoint.reset_received && endpoint.reset_received->state == model::TcpState::kSynSent);
    return outstanding > 0 && syn_or_fin ? outstanding - 1 : outstanding;
}

std::uint64_t unread(const Endpoint& endpoint, const model::Progress& progress) {
    const std::uint32_t waiting = progress.rcv_nxt - progress.copied_seq;
    return waiting > 0 && endpoint.peer_has_closed() ? waiting - 1 : waiting;
}

bool same_connection(const Endpoint& one, const Endpoint& other) {
    if (one.tuple != other.tuple.swapped()) return false;
    if (!one.has_progress || !other.has_progress) return true; // the ends are all that is known
    return close_to(first_sent(one.progress), first_received(other.progress)) &&
           close_to(first_received(one.progress), first_sent(other.progress));
}

} // namespace tcpblame::reconstruct
