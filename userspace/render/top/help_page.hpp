/// What the keys of `top` do, and what its columns say.
#pragma once

#include "render/page.hpp"

#include <vector>

namespace tcpblame::render {

std::vector<Line> help_page();

} // namespace tcpblame::render
