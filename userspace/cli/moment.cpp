#include "cli/moment.hpp"

#include <charconv>
#include <cmath>
#include <ctime>
#include <fmt/format.h>
#include <string>

namespace tcpblame::cli {
namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// Takes a number of so many digits from the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count || text[0] < '0' || text[0] > '9') return std::nullopt;
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + count, number);
    if (error != std::errc{} || end != text.data() + count) return std::nullopt;
    text.remove_prefix(count);
    return number;
}

bool take(std::string_view& text, char sign) {
    if (text.empty() || text[0] != sign) return false;
    text.remove_prefix(1);
    return true;
}

/// ".532", as a report shows it.
std::optional<nanoseconds> take_fraction(std::string_view& text) {
    std::int64_t ns = 0;
    std::int64_t unit = kNsPerSecond / 10;
    if (text.empty()) return std::nullopt;
    for (; !text.empty() && unit > 0; unit /= 10) {
        const auto digit = take_digits(text, 1);
        if (!digit) return std::nullopt;
        ns += *digit * unit;
    }
    return nanoseconds(ns);
}

/// HH:MM[:SS[.fraction]], to the end.
std::optional<nanoseconds> time_of_day(std::string_view text) {
    const auto hours = take_digits(text, 2);
    if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
    const auto minutes = take_digits(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    nanoseconds time = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    if (take(text, ':')) {
        const auto seconds = take_digits(text, 2);
        if (!seconds || *seconds > 59) return std::nullopt;
        time += std::chrono::seconds(*seconds);
        if (take(text, '.')) {
            const auto fraction = take_fraction(text);
            if (!fraction) return std::nullopt;
            time += *fraction;
        }
    }
    return text.empty() ? std::optional(time) : std::nullopt;
}

/// "YYYY-MM-DD" and what parts it from the time.
std::optional<std::chrono::year_month_day> take_date(std::string_view& text) {
    const auto year = take_digits(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_digits(text, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = take_digits(text, 2);
    if (!day || (!take(text, ' ') && !take(text, 'T'))) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    return date.ok() ? std::optional(date) : std::nullopt;
}

/// "90s", "5m", "1.5h".
std::optional<nanoseconds> duration_of(std::string_view text) {
    if (text.empty()) return std::nullopt;
    double unit = 0;
    switch (text.back()) {
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3600; break;
    default: return std::nullopt;
    }
    text.remove_suffix(1);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    constexpr double kMostSeconds = 1e9;
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
    if (number < 0 || std::signbit(number) || number * unit > kMostSeconds) return std::nullopt;
    return std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(number * unit));
}

/// "Z", "+02:00" from the end, as RFC 3339 has it.
std::optional<std::chrono::minutes> take_zone(std::string_view& text) {
    constexpr std::size_t kZoneSize = std::string_view("+02:00").size();
    if (!text.empty() && text.back() == 'Z') {
        text.remove_suffix(1);
        return std::chrono::minutes(0);
    }
    if (text.size() <= kZoneSize) return std::nullopt;
    std::string_view zone = text.substr(text.size() - kZoneSize);
    const bool behind = zone.front() == '-';
    if (!behind && zone.front() != '+') return std::nullopt;
    zone.remove_prefix(1);
    const auto hours = take_digits(zone, 2);
    if (!hours || *hours > 23 || !take(zone, ':')) return std::nullopt;
    const auto minutes = take_digits(zone, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    text.remove_suffix(kZoneSize);
    const std::chrono::minutes ahead = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return behind ? -ahead : ahead;
}

std::optional<Moment> moment_in(std::string_view text) {
    Moment moment;
    if (take(text, '+')) {
        moment.after_start = duration_of(text);
        return moment.after_start ? std::optional(moment) : std::nullopt;
    }
    if (text.find('-') != std::string_view::npos) {
        moment.date = take_date(text);
        if (!moment.date) return std::nullopt;
        moment.ahead_of_utc = take_zone(text);
    }
    const auto of_day = time_of_day(text);
    if (!of_day) return std::nullopt;
    moment.of_day = *of_day;
    return moment;
}

/// By this machine's time zone, whose clocks may go forward or back on that day.
std::int64_t realtime(std::tm day, int days_later, nanoseconds of_day) {
    day.tm_mday += days_later;
    day.tm_hour = 0;
    day.tm_min = 0;
    day.tm_sec = static_cast<int>(std::chrono::floor<std::chrono::seconds>(of_day).count());
    day.tm_hour = day.tm_sec / 3600;
    day.tm_min = day.tm_sec / 60 % 60;
    day.tm_sec %= 60;
    day.tm_isdst = -1;
    return std::mktime(&day) * kNsPerSecond + (of_day % std::chrono::seconds(1)).count();
}

} // namespace

Result<Moment> parse_moment(std::string_view flag, std::string_view text) {
    if (const auto moment = moment_in(text)) return *moment;
    return fail(
        ExitCode::kUsage, fmt::format("invalid {} '{}'", flag, text),
        "it takes HH:MM[:SS], 'YYYY-MM-DD HH:MM[:SS]' (with Z: UTC), or +N with s, m or h after the recording's start",
        fmt::format("for example: {0} 14:05, or {0} +90s", flag));
}

std::int64_t realtime_of(const Moment& moment, std::int64_t began_ns, std::int64_t ended_ns) {
    if (moment.after_start) return began_ns + moment.after_start->count();
    std::tm day{};
    const std::time_t began = began_ns / kNsPerSecond;
    localtime_r(&began, &day);
    if (moment.date) {
        day.tm_year = static_cast<int>(moment.date->year()) - 1900;
        day.tm_mon = static_cast<int>(static_cast<unsigned>(moment.date->month())) - 1;
        day.tm_mday = static_cast<int>(static_cast<unsigned>(moment.date->day()));
        if (moment.ahead_of_utc) {
            const auto midnight = std::chrono::sys_days(*moment.date).time_since_epoch();
            return nanoseconds(midnight + moment.of_day - *moment.ahead_of_utc).count();
        }
        return realtime(day, 0, moment.of_day);
    }
    const std::int64_t on_that_day = realtime(day, 0, moment.of_day);
    if (on_that_day >= began_ns) return on_that_day;
    const std::int64_t on_the_next = realtime(day, 1, moment.of_day);
    return on_the_next <= ended_ns ? on_the_next : on_that_day;
}

} // namespace tcpblame::cli
