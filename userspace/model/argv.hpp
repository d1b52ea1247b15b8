/// The arguments in a command line that has a NUL between two.
#pragma once

#include <cstddef>
#include <string_view>

namespace tcpblame::model {

template <typename Each>
void for_each_argument(std::string_view argv, const Each& each) {
    if (argv.empty()) return;
    for (std::size_t end = argv.find('\0'); end != std::string_view::npos; end = argv.find('\0')) {
        each(argv.substr(0, end));
        argv.remove_prefix(end + 1);
    }
    each(argv);
}

} // namespace tcpblame::model
