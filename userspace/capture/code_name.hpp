/// What a place in a program's code is called.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tcpblame::capture {

/// Empty members: not known.
struct CodeName {
    std::string function; ///< demangled
    std::uint64_t function_offset = 0;
    std::string file;
    int line = 0;
    /// How far above the stack pointer its return address lies, where the function (a leaf that keeps no frame
    /// pointer, or one that is not that far yet) finds it there.
    std::optional<std::uint64_t> return_slot = std::nullopt;
};

} // namespace tcpblame::capture
