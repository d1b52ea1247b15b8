#include "render/moment.hpp"

#include <fmt/format.h>
#include <iterator>

namespace tcpblame::render {

namespace {

using Realtime = std::chrono::sys_time<std::chrono::nanoseconds>;

// Every moment that 64 bits of nanoseconds can hold is in a year of four digits: 1677 to 2262.
constexpr std::string_view kForm = "2024-05-01T14:02:11.532000001Z";
constexpr std::size_t kDigits = 9; // of the nanoseconds
constexpr std::size_t kNanoseconds = kForm.size() - 1 - kDigits;

void put_second(std::string& text, std::chrono::sys_seconds second) {
    const auto midnight = std::chrono::floor<std::chrono::days>(second);
    const std::chrono::year_month_day date{midnight};
    const std::chrono::hh_mm_ss time{second - midnight};
    text.clear();
    fmt::format_to(std::back_inserter(text), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:0{}}Z",
                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                   time.seconds().count(), 0, kDigits);
}

} // namespace

std::string_view Rfc3339::operator()(std::int64_t realtime_ns) {
    const Realtime moment{std::chrono::nanoseconds{realtime_ns}};
    const auto second = std::chrono::floor<std::chrono::seconds>(moment);
    if (text_.empty() || second != second_) put_second(text_, second_ = second);
    // Unsigned: midnight, or the second, before the earliest moment of all is too early for nanoseconds.
    auto rest = static_cast<std::uint64_t>(moment.time_since_epoch().count()) -
                static_cast<std::uint64_t>(second.time_since_epoch().count()) * 1'000'000'000;
    for (std::size_t digit = kDigits; digit-- > 0; rest /= 10)
        text_[kNanoseconds + digit] = static_cast<char>('0' + rest % 10);
    return text_;
}

std::string time_of_day(std::int64_t realtime_ns, std::chrono::seconds utc_offset) {
    const auto moment =
        std::chrono::floor<std::chrono::milliseconds>(Realtime{std::chrono::nanoseconds{realtime_ns}}) + utc_offset;
    const std::chrono::hh_mm_ss time{moment - std::chrono::floor<std::chrono::days>(moment)};
    return fmt::format("{:02}:{:02}:{:02}.{:03}", time.hours().count(), time.minutes().count(), time.seconds().count(),
                       time.subseconds().count());
}

} // namespace tcpblame::render
