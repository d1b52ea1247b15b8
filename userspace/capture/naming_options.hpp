/// What a process is known by, besides its name and its program.
#pragma once

#include <string>
#include <vector>

namespace tcpblame::capture {

struct NamingOptions {
    bool argv = true;                            ///< its command line: there may be secrets in it
    std::vector<std::string> runtime_roots = {}; ///< more directories in which bundles of containers are
};

} // namespace tcpblame::capture
