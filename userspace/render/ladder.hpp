/// Draws how a connection ended: our side, the wire, the other side, from top to bottom in time.
#pragma once

#include "model/verdict.hpp"
#include "render/page.hpp"

namespace tcpblame::render {

/// Two column heads and a row for each entry of the timeline; nothing where it is empty.
void draw_ladder(const model::Verdict& verdict, Page& page);

} // namespace tcpblame::render
