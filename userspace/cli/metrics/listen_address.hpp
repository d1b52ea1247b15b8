/// Where something listens on this host.
#pragma once

#include <cstdint>
#include <string>

namespace tcpblame::cli {

struct ListenAddress {
    std::string host = "127.0.0.1"; ///< a number, not a name: "127.0.0.1", "::1"
    std::uint16_t port = 0;

    bool operator==(const ListenAddress&) const = default;
};

} // namespace tcpblame::cli
