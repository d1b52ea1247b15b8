/// What a row of the ladder says beside its arrow.
#pragma once

#include "model/verdict.hpp"
#include "render/wording/words.hpp"

#include <string>

namespace tcpblame::render {

/// "the peer closed"; nothing where there is nothing to say. It may name processes: untrusted bytes.
void add_note(Words& words, const model::TimelineEntry& entry);

std::string note_of(const model::TimelineEntry& entry);

} // namespace tcpblame::render
