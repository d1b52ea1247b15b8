/// What the terminal, or the file, that is printed to can show.
#pragma once

#include "cli/options.hpp"

namespace tcpblame::cli {

/// Columns; 80 where it has fewer, or is no terminal.
unsigned width_of(int fd);
bool wants_color(ColorChoice choice, int fd);
bool takes_unicode(int fd);

} // namespace tcpblame::cli
