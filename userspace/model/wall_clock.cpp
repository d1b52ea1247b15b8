#include "model/wall_clock.hpp"

#include <algorithm>

namespace tcpblame::model {
namespace {

/// What is reported is some seconds old at most. A clock that is set all the time takes no more memory than so.
constexpr std::size_t kRemembered = 64;

} // namespace

void WallClock::set(const ClockSet& set) {
    settings_.push_back(set);
    if (settings_.size() <= kRemembered) return;
    first_ns_ = settings_.front().realtime_offset_ns;
    settings_.pop_front();
}

std::int64_t WallClock::offset_at(std::uint64_t monotonic_ns) const {
    const auto last = std::find_if(settings_.rbegin(), settings_.rend(),
                                   [monotonic_ns](const ClockSet& set) { return set.time_ns <= monotonic_ns; });
    return last != settings_.rend() ? last->realtime_offset_ns : first_ns_;
}

std::int64_t WallClock::realtime_of(std::uint64_t monotonic_ns) const {
    return static_cast<std::int64_t>(monotonic_ns + static_cast<std::uint64_t>(offset_at(monotonic_ns)));
}

std::int64_t WallClock::ahead_by(const ClockSet& set) const {
    const std::int64_t before = settings_.empty() ? first_ns_ : settings_.back().realtime_offset_ns;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(set.realtime_offset_ns) -
                                     static_cast<std::uint64_t>(before));
}

} // namespace tcpblame::model
