/// A reason behind what ended a connection, as a sentence for a person: for the screen and for JSON alike.
#pragma once

#include "model/run.hpp"
#include "model/verdict.hpp"
#include "render/wording/words.hpp"

#include <string>
#include <string_view>

namespace tcpblame::render {

/// "worker (pid 27813) was killed by SIGKILL". It may name processes: untrusted bytes.
void add_reason(Words& words, const model::Reason& reason);

std::string reason_words(const model::Reason& reason);

/// "37 of 40 connections that redis-server closed had been idle for 300 s". The same.
std::string idle_closer_words(const model::IdleCloser& closer);

/// What the reason says, in a clause or two: for explain and for the man page alike.
std::string_view meaning_of(model::ReasonCode reason);

} // namespace tcpblame::render
