/// What a verdict is about, in one line: of one, and of many that are alike.
#pragma once

#include "model/verdict.hpp"
#include "render/crowds.hpp"
#include "render/wording/writing.hpp"

#include <cstddef>

namespace tcpblame::render {

struct Headline {
    Line line;
    bool has_place = false; ///< it says where the process runs
};

/// "SIGPIPE killed orders-api, pid 4242", "connection broken: …"; in which unit or container,
/// where that fits into so many columns too.
Headline headline(const model::Verdict& verdict, const Writing& writing, std::size_t room);

/// "… and 997 more like this in 800 ms: peer-aborted, chatty (pid 12) ← server (pid 13): close() with 1 B unread".
Line crowd(const Crowd& rest, const Writing& writing);

} // namespace tcpblame::render
