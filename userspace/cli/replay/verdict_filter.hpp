/// Which verdicts somebody asked about by what they say, rather than by what was watched.
#pragma once

#include "model/verdict.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::cli {

/// A connection as --json names it.
struct ConnectionName {
    std::string host; ///< on which its end is; empty: on any
    std::string id;   ///< the socket's cookie, in hex, or its community ID: "1:…"

    bool operator==(const ConnectionName&) const = default;
};

/// An empty list asks for all. Within a list any entry matches; the lists must all match.
struct VerdictFilter {
    std::vector<std::string> causes = {}; ///< codes of causes, or of reasons
    std::vector<std::string> processes =
        {}; ///< names or pids: of whom it broke for, who broke it, or who was behind that
    std::vector<ConnectionName> connections = {};

    /// `host`: where the verdict's end is.
    [[nodiscard]] bool matches(const model::Verdict& verdict, std::string_view host) const;

    bool operator==(const VerdictFilter&) const = default;
};

} // namespace tcpblame::cli
