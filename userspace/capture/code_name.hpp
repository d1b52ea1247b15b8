/// What a place in a program's code is called.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tcpblame::capture {

/// Where a function that keeps no frame pointer, or is not that far yet, finds its return address.
struct ReturnPlace {
    bool in_link_register = false;
    std::uint64_t above_stack_pointer = 0; ///< if not there: how far above

    bool operator==(const ReturnPlace&) const = default;
};

/// Empty members: not known.
struct CodeName {
    std::string function; ///< demangled
    std::uint64_t function_offset = 0;
    std::string file;
    int line = 0;
    std::optional<ReturnPlace> return_place = std::nullopt;
};

} // namespace tcpblame::capture
