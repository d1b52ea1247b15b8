/// The distance between two moments of a clock that counts nanoseconds.
#pragma once

#include <cstdint>

namespace tcpblame::model {

/// Negative where `to` is the earlier one. A damaged recording can hold any number: a distance that is too far for the
/// result wraps around.
constexpr std::int64_t ns_between(std::uint64_t from, std::uint64_t to) { return static_cast<std::int64_t>(to - from); }

} // namespace tcpblame::model
