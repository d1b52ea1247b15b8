/// What -h and --help print.
#pragma once

#include <string>

namespace tcpblame::cli {

std::string short_help(); ///< fits a screen of 24 lines
std::string long_help();

} // namespace tcpblame::cli
