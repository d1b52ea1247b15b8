#include "render/recurring.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace tcpblame::render {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kQuietNs = 5 * kSecond; // then it has ended
constexpr std::uint64_t kSumUpNs = 10 * kSecond;
constexpr std::size_t kShownInFull = 3;

/// By the same peer in the same way. Its pid may be another each time, and so may its port, where it was the one that
/// connected.
std::string kind_by_peer(const model::Verdict& verdict) {
    std::string kind = kind_of(verdict);
    if (verdict.connection) {
        model::Address remote = verdict.connection->tuple.remote;
        if (verdict.connection->opened_by != model::OpenedBy::kUs) remote.port = 0;
        kind += " " + model::to_string(remote);
    }
    if (!verdict.peer) return kind;
    const model::PeerAct& peer = *verdict.peer;
    kind +=
        fmt::format(" {} {} {} {} {}", peer.linger_zero, peer.unread, peer.signal, peer.exit_status, peer.process.host);
    return kind + "/" + (peer.process.name.empty() ? peer.process.comm : peer.process.name);
}

} // namespace

bool Recurring::absorbs(const model::Verdict& verdict) {
    if (verdict.disposition == model::Disposition::kKilled) return false;
    pass(verdict.monotonic_ns);
    const auto [found, is_new] = by_kind_.try_emplace(kind_by_peer(verdict));
    Series& series = found->second;
    if (is_new) series.first_ns = verdict.monotonic_ns;
    series.latest_ns = std::max(series.latest_ns, verdict.monotonic_ns);
    // In its first second it may still be one of a crowd.
    if (series.shown < kShownInFull || series.latest_ns - series.first_ns < kSecond) {
        ++series.shown;
        series.summed_up_ns = series.latest_ns;
        return false;
    }
    series.rest.earliest_ns = series.summed_up_ns;
    series.rest.latest_ns = series.latest_ns;
    join(series.rest, verdict);
    return true;
}

void Recurring::say(Series& series) {
    if (series.rest.count > 0) sum_up_(std::exchange(series.rest, {}));
    series.summed_up_ns = series.latest_ns;
}

void Recurring::pass(std::uint64_t now_ns) {
    now_ns_ = std::max(now_ns_, now_ns);
    if (now_ns_ < next_look_ns_) return;
    next_look_ns_ = now_ns_ + kSecond;
    std::vector<std::pair<std::uint64_t, std::string>> due; // in the order of time, whatever that of the map
    for (const auto& [kind, series] : by_kind_)
        if (now_ns_ - series.latest_ns >= kQuietNs || now_ns_ - series.summed_up_ns >= kSumUpNs)
            due.emplace_back(series.first_ns, kind);
    std::sort(due.begin(), due.end());
    for (const auto& [first, kind] : due) {
        Series& series = by_kind_.at(kind);
        say(series);
        if (now_ns_ - series.latest_ns >= kQuietNs) by_kind_.erase(kind);
    }
}

void Recurring::finish() {
    now_ns_ = UINT64_MAX;
    next_look_ns_ = 0;
    pass(now_ns_);
}

} // namespace tcpblame::render
