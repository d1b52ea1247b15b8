#include "render/moment.hpp"

#include <fmt/format.h>

namespace tcpblame::render {

namespace {

using Realtime = std::chrono::sys_time<std::chrono::nanoseconds>;

Realtime realtime_of(std::uint64_t monotonic_ns, std::int64_t realtime_offset_ns) {
    // A damaged recording can hold any number: unsigned arithmetic wraps where signed would be undefined.
    const std::uint64_t sum = monotonic_ns + static_cast<std::uint64_t>(realtime_offset_ns);
    return Realtime{std::chrono::nanoseconds{static_cast<std::int64_t>(sum)}};
}

std::int64_t below_a_second(Realtime moment) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t rest = moment.time_since_epoch().count() % kSecond;
    return rest < 0 ? rest + kSecond : rest;
}

} // namespace

std::string rfc3339(std::uint64_t monotonic_ns, std::int64_t realtime_offset_ns) {
    const Realtime moment = realtime_of(monotonic_ns, realtime_offset_ns);
    // In seconds: midnight before the earliest moment of all is too early for nanoseconds.
    const auto second = std::chrono::floor<std::chrono::seconds>(moment);
    const auto midnight = std::chrono::floor<std::chrono::days>(second);
    const std::chrono::year_month_day date{midnight};
    const std::chrono::hh_mm_ss time{second - midnight};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count(), below_a_second(moment));
}

std::string time_of_day(std::uint64_t monotonic_ns, std::int64_t realtime_offset_ns, std::chrono::seconds utc_offset) {
    const auto moment =
        std::chrono::floor<std::chrono::milliseconds>(realtime_of(monotonic_ns, realtime_offset_ns)) + utc_offset;
    const std::chrono::hh_mm_ss time{moment - std::chrono::floor<std::chrono::days>(moment)};
    return fmt::format("{:02}:{:02}:{:02}.{:03}", time.hours().count(), time.minutes().count(), time.seconds().count(),
                       time.subseconds().count());
}

} // namespace tcpblame::render
