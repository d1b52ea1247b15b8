/// A reason behind what ended a connection, as a sentence for a person: for the screen and for JSON alike.
#pragma once

#include "model/verdict.hpp"
#include "render/wording/words.hpp"

#include <string>
#include <string_view>

namespace tcpblame::render {

/// "worker (pid 27813) was killed by SIGKILL". It may name processes: untrusted bytes.
void add_reason(Words& words, const model::Reason& reason);

std::string reason_words(const model::Reason& reason);

/// What the reason says, in a clause or two: for explain and for the man page alike.
std::string_view meaning_of(model::ReasonCode reason);

} // namespace tcpblame::render
