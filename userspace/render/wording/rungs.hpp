/// What a row of the ladder says besides its note, for the screen and for the page alike.
#pragma once

#include "model/verdict.hpp"

#include <string>

namespace tcpblame::render {

/// The state, or the call that failed: "CLOSE_WAIT", "write 512 B". It may quote what a recording says: untrusted
/// bytes.
std::string rung_state(const model::TimelineEntry& entry, const model::Verdict& verdict);

/// What crossed the wire, or happened here: "FIN", "512 B", "closed", "EPIPE and SIGPIPE, default action".
std::string rung_event(const model::TimelineEntry& entry, const model::Verdict& verdict);

} // namespace tcpblame::render
