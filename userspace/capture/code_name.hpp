/// What a place in a program's code is called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcpblame::capture {

/// Where a function that keeps no frame pointer, or is not that far yet, finds its return address.
struct ReturnPlace {
    bool in_link_register = false;
    std::uint64_t above_stack_pointer = 0; ///< if not there: how far above

    bool operator==(const ReturnPlace&) const = default;
};

inline constexpr std::size_t kMostInlined = 16; ///< at one place

/// A call that the compiler has replaced by what is called.
struct InlinedCall {
    std::string function; ///< demangled
    std::string file;     ///< where it is in that function; empty: not known
    int line = 0;

    bool operator==(const InlinedCall&) const = default;
};

/// Empty members: not known.
struct CodeName {
    std::string function; ///< demangled
    std::uint64_t function_offset = 0;
    std::string file;
    int line = 0;
    std::vector<InlinedCall> inlined = {}; ///< in that function, the innermost first
    std::optional<ReturnPlace> return_place = std::nullopt;
};

} // namespace tcpblame::capture
