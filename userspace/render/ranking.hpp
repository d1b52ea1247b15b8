/// Who broke whom, and how often: for the summary at the end of a run.
#pragma once

#include "model/verdict.hpp"
#include "render/page.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

namespace tcpblame::render {

class Ranking {
public:
    /// Verdicts that are alike but for their pids and ports are of one kind.
    void count(const model::Verdict& verdict);

    /// A line for each kind, the most frequent first; nothing where there is one kind only, as the counts of causes say
    /// as much. No line is longer than the page is wide.
    void draw(Page& page) const;

private:
    struct Kind {
        model::Cause cause = model::Cause::kUnknown;
        std::string process; ///< untrusted bytes, both
        std::string peer;    ///< the process; its address, where that is not known; empty where nothing is

        auto operator<=>(const Kind&) const = default; // NOLINT(modernize-use-nullptr): clang-tidy 14 sees a 0
    };

    std::map<Kind, std::uint64_t> kinds_;
    std::uint64_t others_ = 0; ///< of more kinds than are kept
};

} // namespace tcpblame::render
