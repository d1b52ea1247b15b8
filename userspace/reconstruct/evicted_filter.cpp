#include "reconstruct/evicted_filter.hpp"

#include <utility>

namespace tcpblame::reconstruct {
namespace {

constexpr std::size_t kWordBits = 64;

} // namespace

void EvictedFilter::Filter::put(std::uint64_t hash) {
    if (words_.empty()) words_.resize(kBits / kWordBits);
    for (const std::uint64_t bit : {hash % kBits, (hash >> 32) % kBits})
        words_[bit / kWordBits] |= std::uint64_t{1} << (bit % kWordBits);
}

bool EvictedFilter::Filter::may_hold(std::uint64_t hash) const {
    const auto is_set = [this](std::uint64_t bit) { return (words_[bit / kWordBits] >> (bit % kWordBits) & 1) != 0; };
    return !words_.empty() && is_set(hash % kBits) && is_set((hash >> 32) % kBits);
}

void EvictedFilter::note(std::uint64_t hash, bool had_ended, std::uint64_t now_ns) {
    if (!had_ended) return live_.put(hash);
    if (now_ns > generation_ns_ + kAskedForNs) {
        generation_ns_ = now_ns;
        ended_before_ = std::exchange(ended_, {});
    }
    ended_.put(hash);
}

bool EvictedFilter::may_hold(std::uint64_t hash) const {
    return live_.may_hold(hash) || ended_.may_hold(hash) || ended_before_.may_hold(hash);
}

} // namespace tcpblame::reconstruct
