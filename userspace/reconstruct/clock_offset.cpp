#include "reconstruct/clock_offset.hpp"

#include <algorithm>

namespace tcpblame::reconstruct {
namespace {

/// Clocks drift, and an arrival on the same machine may be traced before the sending is.
constexpr std::int64_t kCrossedByDriftNs = 10'000'000;

std::int64_t difference(std::uint64_t one, std::uint64_t other) { return static_cast<std::int64_t>(one - other); }

std::int64_t negated(std::int64_t number) { return sum(~number, 1); }

} // namespace

std::int64_t sum(std::int64_t one, std::int64_t other) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(one) + static_cast<std::uint64_t>(other));
}

void ClockBounds::tighten(Bound& bound, std::int64_t upper) {
    bound.sure = bound.sure ? std::min(*bound.sure, upper) : upper;
}

void ClockBounds::learn_one_way(Bound& bound, const Endpoint& from, const Endpoint& to) {
    if (from.ending().fin_sent && to.ending().fin_received)
        tighten(bound, difference(to.ending().fin_received->stamp.time_ns, from.ending().fin_sent->stamp.time_ns));
    // Who opened was through with it when the last segment of the handshake left.
    if (from.opened_by == model::OpenedBy::kUs && to.opened_by == model::OpenedBy::kPeer && from.opened_ns != 0 &&
        to.opened_ns != 0)
        tighten(bound, difference(to.opened_ns, from.opened_ns));
    // Of answers only the last is known, and that may not be the one which arrived.
    if (!sent_abort(from) || !to.ending().reset_received) return;
    std::uint64_t sent_ns = from.ending().reset_sent->stamp.time_ns;
    if (from.ending().closed)
        sent_ns = std::min(sent_ns, from.ending().closed->stamp.time_ns); // it is traced after its sending
    bound.by_reset.push_back(difference(to.ending().reset_received->stamp.time_ns, sent_ns));
}

void ClockBounds::learn(const Endpoint& here, const Endpoint& there) {
    ++connections_;
    learn_one_way(from_there_, there, here);
    learn_one_way(from_here_, here, there);
}

std::optional<std::int64_t> ClockBounds::tightest(const Bound& bound, const Bound& opposite) {
    std::optional<std::int64_t> tightest = bound.sure;
    for (const std::int64_t upper : bound.by_reset) {
        const bool crosses = opposite.sure && sum(upper, *opposite.sure) < -kCrossedByDriftNs;
        if (!crosses && (!tightest || upper < *tightest)) tightest = upper;
    }
    return tightest;
}

ClockOffset ClockBounds::estimate(std::int64_t by_realtime_ns) const {
    ClockOffset offset{by_realtime_ns, std::nullopt, connections_};
    const auto most = tightest(from_there_, from_here_);
    const auto least_negated = tightest(from_here_, from_there_);
    if (most && least_negated) {
        const std::int64_t least = negated(*least_negated);
        const std::int64_t apart = sum(*most, *least_negated);
        offset.ns = sum(least, apart / 2);
        offset.uncertainty_ns = static_cast<std::uint64_t>(apart < 0 ? negated(apart / 2) : apart / 2);
    } else if (most) {
        offset.ns = std::min(by_realtime_ns, *most);
    } else if (least_negated) {
        offset.ns = std::max(by_realtime_ns, negated(*least_negated));
    }
    return offset;
}

} // namespace tcpblame::reconstruct
