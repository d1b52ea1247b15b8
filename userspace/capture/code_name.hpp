/// What a place in a program's code is called.
#pragma once

#include <cstdint>
#include <string>

namespace tcpblame::capture {

/// Empty members: not known.
struct CodeName {
    std::string function; ///< demangled
    std::uint64_t function_offset = 0;
    std::string file;
    int line = 0;
};

} // namespace tcpblame::capture
