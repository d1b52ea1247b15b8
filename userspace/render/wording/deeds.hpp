/// Who did what, as part of a sentence.
#pragma once

#include "model/verdict.hpp"
#include "render/wording/words.hpp"

namespace tcpblame::render {

/// "client (pid 77) on db1": untrusted bytes.
void add_name(Words& words, const model::Process& process);

/// "closed", "closed with 5 B unread", "was killed by SIGKILL", … : fits behind a name.
void add_deed(Words& words, const model::Deed& deed);

} // namespace tcpblame::render
