/// Prints a text and ends: help, an explanation.
#pragma once

#include "base/result.hpp"

#include <string_view>

namespace tcpblame::cli {

/// A reader that goes away ("| head") is no failure.
Result<void> print(std::string_view text);

} // namespace tcpblame::cli
