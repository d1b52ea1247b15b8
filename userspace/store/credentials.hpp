/// As whom we speak to the engine: read from a file, as a command line is for everybody to read.
#pragma once

#include "base/result.hpp"

#include <string>

namespace tcpblame::store {

struct Credentials {
    std::string user;
    std::string password;

    bool operator==(const Credentials&) const = default;
};

/// USER:PASSWORD in its first line. Fails with kFailure where it cannot be read, where others than its owner may read
/// or write it, or where it holds no such line.
Result<Credentials> read_credentials(const std::string& path);

} // namespace tcpblame::store
