/// What bash, zsh and fish complete, made from the tables of commands, options, causes and hooks.
#pragma once

#include <string>
#include <string_view>

namespace tcpblame::cli {

/// The shell's script ("bash", "zsh", "fish"), with what is made from the tables in the place of %NAME% marks.
std::string completion_script(std::string_view shell, std::string script);

} // namespace tcpblame::cli
