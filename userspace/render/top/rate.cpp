#include "render/top/rate.hpp"

#include <algorithm>

namespace tcpblame::render {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

} // namespace

void Rate::advance_to(std::uint64_t second) {
    if (second <= newest_) return;
    if (second - newest_ >= kSeconds)
        counts_.fill(0);
    else
        for (std::uint64_t passed = newest_ + 1; passed <= second; ++passed) counts_.at(passed % kSeconds) = 0;
    newest_ = second;
}

void Rate::count(std::uint64_t at_ns) {
    const std::uint64_t second = at_ns / kNsPerSecond;
    advance_to(second);
    if (newest_ - second < kSeconds) ++counts_.at(second % kSeconds);
}

double Rate::per_second(std::uint64_t now_ns, std::uint64_t since_ns) const {
    const std::uint64_t now = std::max(now_ns / kNsPerSecond, newest_);
    const std::uint64_t first = now - std::min(now, kSeconds - 1);
    std::uint64_t sum = 0;
    for (std::uint64_t second = newest_ - std::min(newest_, kSeconds - 1); second <= newest_; ++second)
        if (second >= first) sum += counts_.at(second % kSeconds);
    const std::uint64_t begin_ns = std::max(first * kNsPerSecond, since_ns);
    // Of less than a second it would say ten a second where there was one.
    const std::uint64_t span_ns = std::max(now_ns - std::min(now_ns, begin_ns), kNsPerSecond);
    return static_cast<double>(sum) * static_cast<double>(kNsPerSecond) / static_cast<double>(span_ns);
}

} // namespace tcpblame::render
