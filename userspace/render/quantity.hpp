/// Numbers as people read them: bytes, moments, spans of time, and how many of something.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tcpblame::render {

/// "1,048,576": exact, since counts of lost bytes get compared with the sender's own.
std::string grouped(std::uint64_t number);

/// "512 B", "1,048,576 B".
std::string byte_count(std::uint64_t bytes);

/// "512 B", "1.2 kB", "34 MB": at a glance, where nobody compares.
std::string rounded_bytes(std::uint64_t bytes);

/// A moment relative to another: the number and its unit apart, so that a column of them lines up.
struct Offset {
    std::string number; ///< "-2.104", "0", "+35.10"
    std::string unit;   ///< "s", "ms", "µs", "ns", "min", "h"; empty for 0
};

Offset offset_of(std::int64_t nanoseconds, std::string_view micro);

/// "101.2 µs before", "3.000 ms after"; empty for 0.
std::string before_or_after(std::int64_t nanoseconds, std::string_view micro);

/// "0.21 ms", "310 ms", "62.0 s", "14 min 5 s", "3 h 12 min".
std::string duration(std::uint64_t nanoseconds);

/// "1 event", "2,000 events"; "1 broken connection".
std::string counted(std::uint64_t number, std::string_view one);

} // namespace tcpblame::render
