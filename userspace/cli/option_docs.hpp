/// The help and the man pages' OPTIONS, made from the option table.
#pragma once

#include "cli/option_table.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tcpblame::cli {

/// Of one screen.
std::string short_help();
std::string long_help();

/// A command's man page, for the terminal; empty where there is none.
std::string command_help(std::string_view name);

/// The OPTIONS of tcpblame(1), as source for scdoc.
std::string options_manual();

/// The same of a command's own page: what the command takes, shorter. `headings`: sections have their titles as
/// headings of man; else in bold.
std::string options_manual(CommandId page, bool headings = true);

} // namespace tcpblame::cli
