#include "cli/output/verdict_quota.hpp"

#include "model/address.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace tcpblame::cli {
namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;
/// Of one second; what more kinds have in common is not said.
constexpr std::size_t kMostKinds = 100;

/// Its name, or its address; no port, which of a client is another each time.
std::string peer_of(const model::Verdict& verdict) {
    if (const model::Process* culprit = model::culprit_of(verdict)) return culprit->name;
    if (!verdict.connection) return {};
    model::Address remote = verdict.connection->tuple.remote;
    remote.port = 0;
    return model::to_string(remote);
}

std::string kind_of(const model::Verdict& verdict) {
    return fmt::format("{} {} {} {} {} {} {}\n{}\n{}\n{}", static_cast<int>(verdict.kind),
                       static_cast<int>(verdict.cause), static_cast<int>(verdict.confidence),
                       verdict.write ? verdict.write->error : 0, static_cast<int>(verdict.disposition),
                       verdict.write_failed, verdict.primary, verdict.host,
                       verdict.process ? verdict.process->name : "", peer_of(verdict));
}

} // namespace

void VerdictQuota::verdict(const model::Verdict& verdict) {
    if (per_second_ == 0) return next_.verdict(verdict);
    begin_second(verdict.monotonic_ns / kSecondNs);
    if (reported_ >= per_second_ && gather(verdict)) return;
    ++reported_;
    next_.verdict(verdict);
}

/// Verdicts come nearly in order: one of a second before is counted with those of the present one.
void VerdictQuota::begin_second(std::uint64_t second) {
    if (second <= second_) return;
    report_gathered();
    second_ = second;
    reported_ = 0;
}

bool VerdictQuota::gather(const model::Verdict& verdict) {
    std::string kind = kind_of(verdict);
    const bool is_new = !gathered_.contains(kind);
    const bool mixed = is_new && gathered_.size() >= kMostKinds;
    model::AlikeVerdicts& alike = gathered_[!mixed ? std::move(kind) : verdict.primary ? "primary" : ""];
    if (is_new && !mixed) return false;
    if (alike.count == 0) alike.first = verdict;
    alike.mixed = mixed;
    alike.last_ns = std::max(alike.last_ns, verdict.monotonic_ns);
    ++alike.count;
    return true;
}

void VerdictQuota::report_gathered() {
    for (const auto& [kind, alike] : gathered_)
        if (alike.count > 0) next_.alike(alike);
    gathered_.clear();
}

/// What is older has the time of day that it had.
void VerdictQuota::clock_set(const model::ClockSet& set) {
    report_gathered();
    next_.clock_set(set);
}

void VerdictQuota::flush(std::uint64_t now_monotonic_ns) {
    if (!gathered_.empty()) begin_second(now_monotonic_ns / kSecondNs);
    next_.flush(now_monotonic_ns);
}

void VerdictQuota::end(const model::RunEnd& end) {
    report_gathered();
    next_.end(end);
}

} // namespace tcpblame::cli
