/// A verdict, put together from its case and its blame.
#pragma once

#include "model/verdict.hpp"
#include "reconstruct/attribution.hpp"
#include "reconstruct/losses.hpp"
#include "reconstruct/processes.hpp"

namespace tcpblame::reconstruct {

struct ComposeOptions {
    bool with_states = false; ///< how long each state lasted: true only where every state was reported
    QuietEnd quiet_end = QuietEnd::kNone;
};

/// At least one of `broken.us` (then with its end known) and `broken.write` must be there.
model::Verdict compose(const Case& broken, Blame blame, const Processes& processes, const Losses& losses,
                       ComposeOptions options = {});

} // namespace tcpblame::reconstruct
