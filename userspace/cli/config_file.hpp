/// Options from a file in place of a command line: CLI11's TOML and INI.
#pragma once

#include "base/result.hpp"
#include "cli/command_line.hpp"

#include <string>

namespace tcpblame::cli {

/// What the file has for the command of `line`, a long option's name without dashes for each: 'port = [80, 443]', a
/// flag as 'all = true'. What the line itself has given stays as it is. Fails with kFailure where it cannot be read,
/// and with kUsage where something in it is no option.
Result<TypedLine> with_config_file(TypedLine line, const std::string& path);

} // namespace tcpblame::cli
