/// Asks for memory before it is needed: the processor fetches it meanwhile.
#pragma once

#include <cstddef>

namespace tcpblame {

inline void fetch_memory(const void* from, std::size_t bytes) {
    constexpr std::size_t kCacheLine = 64;
    for (std::size_t at = 0; at < bytes; at += kCacheLine) __builtin_prefetch(static_cast<const std::byte*>(from) + at);
}

} // namespace tcpblame
