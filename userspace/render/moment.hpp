/// Turns the kernel's monotonic moments into times that people and log stores can read.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tcpblame::render {

/// Writes moments as 2024-05-01T14:02:11.532000001Z. Where many lie in one second its date is made once.
class Rfc3339 {
public:
    /// The offset is CLOCK_REALTIME − CLOCK_MONOTONIC. What it gives stands until the next call.
    std::string_view operator()(std::uint64_t monotonic_ns, std::int64_t realtime_offset_ns);

private:
    std::string text_;
    std::chrono::sys_seconds second_{}; ///< that the text is of, where there is one
};

/// 14:02:11.532, as clocks show it that are `utc_offset` ahead of UTC.
std::string time_of_day(std::uint64_t monotonic_ns, std::int64_t realtime_offset_ns, std::chrono::seconds utc_offset);

} // namespace tcpblame::render
