/// Verdicts that came faster than they may be reported, and that are alike: they are reported by their number.
#pragma once

#include "model/verdict.hpp"

#include <cstdint>

namespace tcpblame::model {

struct AlikeVerdicts {
    Verdict first; ///< the others have its kind, cause, error, process's name and peer, and are primary as it is
    std::uint64_t count = 0;   ///< with it
    std::uint64_t last_ns = 0; ///< CLOCK_MONOTONIC, of the last of them
    bool mixed = false;        ///< there were too many kinds: all that they have in common is whether they are primary
};

} // namespace tcpblame::model
