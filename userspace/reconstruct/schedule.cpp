#include "reconstruct/schedule.hpp"

#include "reconstruct/ordering.hpp"

#include <algorithm>

namespace tcpblame::reconstruct {
namespace {

/// When the verdict on a write can be given at the earliest.
std::uint64_t settled_at(std::uint64_t failed_ns) { return failed_ns + Schedule::kSettleNs + Ordering::kWindowNs; }

} // namespace

void Schedule::write_failed(std::uint64_t time_ns) {
    unordered_writes_.insert(time_ns);
    urgent_ns_ = std::min(urgent_ns_, settled_at(time_ns));
}

void Schedule::ordered_until(std::uint64_t time_ns) {
    unordered_writes_.erase(unordered_writes_.begin(), unordered_writes_.upper_bound(time_ns));
}

void Schedule::look_ahead(std::uint64_t now_ns, const WaitingWrites& waiting) {
    if (urgent_ns_ > now_ns) return;
    urgent_ns_ = unordered_writes_.empty() ? kNothingDue : settled_at(*unordered_writes_.begin());
    for (const BrokenWrite& write : waiting) {
        const std::uint64_t at_ns = settled_at(write.time_ns);
        urgent_ns_ = std::min(urgent_ns_, at_ns > now_ns ? at_ns : now_ns + kSettleNs);
    }
}

} // namespace tcpblame::reconstruct
