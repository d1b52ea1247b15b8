/// Writes the time of day as people and log stores read it: of nanoseconds since the epoch.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tcpblame::render {

/// Writes moments as 2024-05-01T14:02:11.532000001Z. Where many lie in one second its date is made once.
class Rfc3339 {
public:
    /// What it gives stands until the next call.
    std::string_view operator()(std::int64_t realtime_ns);

private:
    std::string text_;
    std::chrono::sys_seconds second_{}; ///< that the text is of, where there is one
};

/// 14:02:11.532, as clocks show it that are `utc_offset` ahead of UTC.
std::string time_of_day(std::int64_t realtime_ns, std::chrono::seconds utc_offset);

} // namespace tcpblame::render
