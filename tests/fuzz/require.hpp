/// How a fuzz target says that what it was promised does not hold.
#pragma once

#include <string_view>

namespace tcpblame::fuzz {

/// Prints `promise` and what broke it, and aborts: the fuzzer then keeps the input.
[[noreturn]] void broken(std::string_view promise, std::string_view by = {});

inline void require(bool holds, std::string_view promise, std::string_view by = {}) {
    if (!holds) broken(promise, by);
}

} // namespace tcpblame::fuzz
