/// How often the program has asked for memory. What is linked with counted_allocations.cpp counts every operator new.
#pragma once

#include <cstdint>

namespace tcpblame::bench {

std::uint64_t allocations();

/// In use now: what malloc has handed out, and base/huge_page_arena.hpp beside it.
std::uint64_t heap_bytes();

} // namespace tcpblame::bench
