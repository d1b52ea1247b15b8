/// A moment in a recording, as a person names it for --since and --until.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tcpblame::cli {

struct Moment {
    std::optional<std::chrono::nanoseconds> after_start; ///< "+90s": alone, without the others
    std::optional<std::chrono::year_month_day> date;     ///< none: the day on which the recording began, or the next
    std::chrono::nanoseconds of_day{0};                  ///< local time
    std::optional<std::chrono::minutes> ahead_of_utc;    ///< with a date: not local time, but that of this zone
};

/// HH:MM[:SS], YYYY-MM-DD HH:MM[:SS] (also with a T, and with Z or +HH:MM behind, as JSON lines have it), or +N with s,
/// m or h. Fails with kUsage and names the flag.
Result<Moment> parse_moment(std::string_view flag, std::string_view text);

/// Nanoseconds since the epoch. A time of the day before the recording began is that of the next day if the recording,
/// which ended at `ended_ns`, has it: it went across midnight.
std::int64_t realtime_of(const Moment& moment, std::int64_t began_ns, std::int64_t ended_ns);

} // namespace tcpblame::cli
