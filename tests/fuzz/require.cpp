#include "fuzz/require.hpp"

#include <cstdio>
#include <cstdlib>

namespace tcpblame::fuzz {

void broken(std::string_view promise, std::string_view by) {
    std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()), promise.data());
    if (!by.empty()) std::fprintf(stderr, "by: %.*s\n", static_cast<int>(by.size()), by.data());
    std::abort();
}

} // namespace tcpblame::fuzz
