/// The rows of `top` as lines of a table.
#pragma once

#include "render/top/blame_order.hpp"
#include "render/top/blames.hpp"
#include "render/top/screen_line.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace tcpblame::render {

/// "COUNT", …
std::string_view title_of(BlameColumn column);

/// What the table shows.
struct BlameView {
    const std::vector<BlameRow>& rows; ///< sorted already
    std::size_t first = 0;             ///< of those that are in sight
    std::size_t chosen = 0;
    BlameOrder order;
    BlameTime time;
};

/// The columns' titles, and below them as many rows as there is room for. No line is wider than the screen; where there
/// is little room, names are cut, and then the rate and the time of the last are left out.
std::vector<ScreenLine> blame_table(const BlameView& view, ScreenSize size, Charset charset);

} // namespace tcpblame::render
