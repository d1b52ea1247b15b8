/// Puts a story into a small world, where everybody meets everybody: a few sockets, addresses and processes, and times
/// that lie close together. Random numbers would hardly ever make two events of one connection.
#pragma once

#include "fuzz/reporting.hpp"

#include <cstdint>

namespace tcpblame::fuzz {

/// Times are from kBeginNs on, and before kEndNs.
inline constexpr std::uint64_t kBeginNs = 1'000'000'000'000;
inline constexpr std::uint64_t kEndNs = kBeginNs + (std::uint64_t{1} << 40U);

void put_into_small_world(Story& story);

/// Lets every socket of the small world go, and then time pass until nobody needs to remember any.
void let_all_go(Story& story);

} // namespace tcpblame::fuzz
