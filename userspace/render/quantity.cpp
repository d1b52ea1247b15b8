#include "render/quantity.hpp"

#include <array>
#include <fmt/format.h>

namespace tcpblame::render {

namespace {

constexpr double kMicrosecond = 1e3;
constexpr double kMillisecond = 1e6;
constexpr double kSecondNs = 1e9;
constexpr double kMinuteNs = 60 * kSecondNs;
constexpr double kHourNs = 60 * kMinuteNs;

/// Four figures distinguish a segment from its answer a round trip later; more would be noise.
std::string four_figures(double value) {
    if (value < 9.9995) return fmt::format("{:.3f}", value);
    return value < 99.995 ? fmt::format("{:.2f}", value) : fmt::format("{:.1f}", value);
}

std::uint64_t magnitude(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    return value < 0 ? 0 - bits : bits; // also right for the least int64, which has no positive twin
}

Offset unsigned_offset(std::uint64_t nanoseconds, std::string_view micro) {
    const auto value = static_cast<double>(nanoseconds);
    // A bound lies where rounding would already show the next unit: never "1000 ms".
    if (nanoseconds < 1000) return {fmt::format("{}", nanoseconds), "ns"};
    if (value < 999.95 * kMicrosecond) return {four_figures(value / kMicrosecond), fmt::format("{}s", micro)};
    if (value < 999.95 * kMillisecond) return {four_figures(value / kMillisecond), "ms"};
    if (value < 10 * kMinuteNs) return {fmt::format("{:.3f}", value / kSecondNs), "s"};
    if (value < 10 * kHourNs) return {fmt::format("{:.1f}", value / kMinuteNs), "min"};
    return {fmt::format("{:.1f}", value / kHourNs), "h"};
}

} // namespace

std::string grouped(std::uint64_t number) {
    std::string text = fmt::format("{}", number);
    // Four figures need no help.
    if (text.size() <= 4) return text;
    for (std::size_t from_end = 3; from_end < text.size(); from_end += 4) text.insert(text.size() - from_end, 1, ',');
    return text;
}

std::string byte_count(std::uint64_t bytes) { return grouped(bytes) + " B"; }

std::string rounded_bytes(std::uint64_t bytes) {
    if (bytes < 1000) return fmt::format("{} B", bytes);
    constexpr std::array<const char*, 6> kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
    auto value = static_cast<double>(bytes) / 1000;
    std::size_t unit = 0;
    // A bound lies where rounding would already show the next unit: never "1000 kB".
    for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
    return value < 9.95 ? fmt::format("{:.1f} {}", value, kUnits.at(unit))
                        : fmt::format("{:.0f} {}", value, kUnits.at(unit));
}

Offset offset_of(std::int64_t nanoseconds, std::string_view micro) {
    if (nanoseconds == 0) return {"0", ""};
    Offset offset = unsigned_offset(magnitude(nanoseconds), micro);
    offset.number.insert(0, 1, nanoseconds < 0 ? '-' : '+');
    return offset;
}

std::string before_or_after(std::int64_t nanoseconds, std::string_view micro) {
    if (nanoseconds == 0) return {};
    const Offset offset = unsigned_offset(magnitude(nanoseconds), micro);
    return fmt::format("{} {} {}", offset.number, offset.unit, nanoseconds < 0 ? "before" : "after");
}

std::string duration(std::uint64_t nanoseconds) {
    const auto value = static_cast<double>(nanoseconds);
    if (nanoseconds != 0 && value < 0.995 * kMillisecond) return fmt::format("{:.2f} ms", value / kMillisecond);
    if (nanoseconds != 0 && value < 9.95 * kMillisecond) return fmt::format("{:.1f} ms", value / kMillisecond);
    if (value < 999.5 * kMillisecond) return fmt::format("{:.0f} ms", value / kMillisecond);
    if (value < 2 * kMinuteNs) return fmt::format("{:.1f} s", value / kSecondNs);
    const std::uint64_t seconds = nanoseconds / 1'000'000'000;
    if (value < 2 * kHourNs) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
    return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

std::string counted(std::uint64_t number, std::string_view one) {
    return fmt::format("{} {}{}", grouped(number), one, number == 1 ? "" : "s");
}

} // namespace tcpblame::render
