#include "capture/clock_watch.hpp"

#include <ctime>
#include <limits>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

namespace tcpblame::capture {
namespace {

/// What is less is not seen in any line for people, and may be the time between two looks at two clocks.
constexpr std::int64_t kLeastChangeNs = 1'000'000;
constexpr std::uint64_t kGoodEnoughNs = 10'000;

std::uint64_t clock_ns(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

struct Sample {
    std::int64_t offset_ns = 0;
    std::uint64_t took_ns = std::numeric_limits<std::uint64_t>::max(); ///< it is wrong by half of that at most
};

/// Of a few tries the best: this process may be put aside between two clocks.
Sample sample() {
    constexpr int kTries = 5;
    Sample best;
    for (int i = 0; i < kTries && best.took_ns > kGoodEnoughNs; ++i) {
        const std::uint64_t before = clock_ns(CLOCK_MONOTONIC);
        const std::uint64_t realtime = clock_ns(CLOCK_REALTIME);
        const std::uint64_t took = clock_ns(CLOCK_MONOTONIC) - before;
        if (took < best.took_ns) best = {static_cast<std::int64_t>(realtime - (before + took / 2)), took};
    }
    return best;
}

std::int64_t asleep_ns() { return static_cast<std::int64_t>(clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC)); }

bool is_large(std::int64_t change_ns) { return change_ns >= kLeastChangeNs || change_ns <= -kLeastChangeNs; }

/// It never expires; but whoever waits for it is woken when the clock is set (man 2 timerfd_create).
UniqueFd timer_that_breaks_off() {
    UniqueFd timer(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC));
    itimerspec never{};
    never.it_value.tv_sec = std::numeric_limits<std::int32_t>::max();
    if (!timer || timerfd_settime(timer.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr) != 0)
        return {};
    return timer;
}

} // namespace

std::uint64_t monotonic_now_ns() { return clock_ns(CLOCK_MONOTONIC); }

std::int64_t realtime_offset_ns() { return sample().offset_ns; }

ClockWatch::ClockWatch()
    : timer_(timer_that_breaks_off()),
      offset_ns_(realtime_offset_ns()),
      asleep_ns_(asleep_ns()),
      looked_at_ns_(monotonic_now_ns()) {}

std::optional<model::ClockSet> ClockWatch::look() {
    std::uint64_t expirations = 0;
    // What it says does not matter (it fails with ECANCELED): that it is no longer readable then does.
    [[maybe_unused]] const ssize_t failed = read(fd(), &expirations, sizeof(expirations));
    const Sample now = sample();
    if (now.took_ns > kLeastChangeNs / 2) return std::nullopt; // another look will report
    const std::uint64_t looked_before_ns = std::exchange(looked_at_ns_, monotonic_now_ns());
    if (!is_large(now.offset_ns - offset_ns_)) return std::nullopt;
    offset_ns_ = now.offset_ns;
    const std::int64_t asleep_before_ns = std::exchange(asleep_ns_, asleep_ns());
    // What awakes with this process may be sooner than it; before the sleep nothing had run for a while.
    const bool has_slept = is_large(asleep_ns_ - asleep_before_ns);
    return model::ClockSet{has_slept ? looked_before_ns : looked_at_ns_, offset_ns_};
}

} // namespace tcpblame::capture
