/// Which part of something long is in sight, and how keys move it.
#pragma once

#include "render/top/keys.hpp"

#include <cstddef>

namespace tcpblame::render {

/// Where `at` goes by a key; it stays from 0 to `last`. `page`: the lines that are in sight.
std::size_t moved(std::size_t at, Key key, std::size_t last, std::size_t page);

/// The first line in sight, so that `at` is in sight too and the screen is no emptier than it has to be.
std::size_t first_in_sight(std::size_t first, std::size_t at, std::size_t lines, std::size_t page);

} // namespace tcpblame::render
