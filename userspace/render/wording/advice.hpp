/// What to do about it, as one sentence.
#pragma once

#include "model/verdict.hpp"
#include "render/wording/words.hpp"

#include <string>

namespace tcpblame::render {

void add_advice(Words& words, const model::Verdict& verdict);

std::string advice_of(const model::Verdict& verdict);

} // namespace tcpblame::render
