/// The tables that the engine keeps frames and verdicts in, in the words that its version understands.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::store {

struct EngineVersion {
    unsigned major = 0;
    unsigned minor = 0;

    bool operator==(const EngineVersion&) const = default;
};

/// "18.16.1", "24.8". Fails with kUsage.
Result<EngineVersion> parse_version(std::string_view text);

/// Whose syntax is taken where none is named.
inline constexpr EngineVersion kPresentVersion{24, 8};
/// Rows end by themselves, and columns have codecs: from 20.3 on.
[[nodiscard]] bool has_ttl(const EngineVersion& version);

inline constexpr unsigned kDefaultKeepDays = 30;

struct SchemaOptions {
    EngineVersion version = kPresentVersion;
    std::string database = "tcpblame";
    std::string cluster;                   ///< of whose servers each keeps a part; empty: one server keeps all
    unsigned keep_days = kDefaultKeepDays; ///< 0: for ever
};

/// Statements, without a semicolon, in the order in which they are to be executed on each server.
std::vector<std::string> schema(const SchemaOptions& options);

} // namespace tcpblame::store
