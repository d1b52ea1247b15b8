/// What -h and --help print.
#pragma once

#include <string>
#include <string_view>

namespace tcpblame::cli {

std::string short_help(); ///< fits a screen of 24 lines
std::string long_help();
/// The man page of a command, for the terminal; empty where it has none.
std::string command_help(std::string_view command);

} // namespace tcpblame::cli
