/// Turns the kernel's monotonic moments into times that people and log stores can read.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace tcpblame::render {

/// 2024-05-01T14:02:11.532000001Z. The offset is CLOCK_REALTIME − CLOCK_MONOTONIC.
std::string rfc3339(std::uint64_t monotonic_ns, std::int64_t realtime_offset_ns);

/// 14:02:11.532, as clocks show it that are `utc_offset` ahead of UTC.
std::string time_of_day(std::uint64_t monotonic_ns, std::int64_t realtime_offset_ns, std::chrono::seconds utc_offset);

} // namespace tcpblame::render
