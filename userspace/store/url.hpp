/// Where the engine is, and which of its databases is meant: http://HOST:8123/DATABASE.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tcpblame::store {

struct Url {
    bool tls = false;
    std::string host; ///< a name, or an address without brackets
    std::uint16_t port = 0;
    std::string database;
    std::string settings; ///< of the engine, behind a question mark: "async_insert=1"

    bool operator==(const Url&) const = default;
};

/// The engine's own default, where the URL names none.
inline constexpr std::uint16_t kDefaultPort = 8123;
inline constexpr std::uint16_t kDefaultTlsPort = 8443;

/// Fails with kUsage, also where a user or a password is in it: every process of the host can read a command line.
Result<Url> parse_url(std::string_view text);

/// Without the settings.
std::string to_string(const Url& url);

/// The connection does not leave this host.
[[nodiscard]] bool is_loopback(const Url& url);

} // namespace tcpblame::store
