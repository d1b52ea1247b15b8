/// Lines as they are put on a screen of a size, one below the other.
#pragma once

#include "render/page.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace tcpblame::render {

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

struct ScreenLine {
    Line text;
    bool chosen = false; ///< the one that Enter is for
};

/// The part of the line from column `skip` on that has room in so many columns, without tearing a character.
Line part_of(const Line& line, std::size_t skip, std::size_t columns);

/// What a report has written, in its inks again: nothing else in it begins with ESC.
std::vector<Line> lines_of(std::string_view painted);

} // namespace tcpblame::render
