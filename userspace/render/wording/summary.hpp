/// What happened, as one sentence.
#pragma once

#include "model/verdict.hpp"
#include "render/wording/words.hpp"

#include <string>

namespace tcpblame::render {

/// It may name processes: untrusted bytes.
void add_summary(Words& words, const model::Verdict& verdict);

std::string summary_of(const model::Verdict& verdict);

/// Of the rules by which a RST ended it (summary_reset.cpp).
void add_reset_summary(Words& words, const model::Verdict& verdict);

/// "10.0.0.9:5432", or "the peer".
void add_peer_name(Words& words, const model::Verdict& verdict);

} // namespace tcpblame::render
