/// A reason behind what ended a connection, as a sentence for a person: for the screen and for JSON alike.
#pragma once

#include "model/verdict.hpp"
#include "render/wording/words.hpp"

#include <string>

namespace tcpblame::render {

/// "worker (pid 27813) was killed by SIGKILL". It may name processes: untrusted bytes.
void add_reason(Words& words, const model::Reason& reason);

std::string reason_words(const model::Reason& reason);

} // namespace tcpblame::render
