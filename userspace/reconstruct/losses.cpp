#include "reconstruct/losses.hpp"

#include <algorithm>

namespace tcpblame::reconstruct {

void Losses::enter(const model::LostEvents& lost) {
    recent_.push_back(lost);
    if (recent_.size() <= kRemembered) return;
    evicted_ += recent_.front().count;
    evicted_until_ns_ = std::max(evicted_until_ns_, recent_.front().before_monotonic_ns);
    recent_.pop_front();
}

std::uint64_t Losses::between(std::uint64_t from_ns, std::uint64_t to_ns) const {
    std::uint64_t count = from_ns <= evicted_until_ns_ ? evicted_ : 0;
    for (const model::LostEvents& lost : recent_) {
        const bool ends_before = lost.before_monotonic_ns != 0 && lost.before_monotonic_ns < from_ns;
        if (!ends_before && lost.after_monotonic_ns <= to_ns) count += lost.count;
    }
    return count;
}

} // namespace tcpblame::reconstruct
