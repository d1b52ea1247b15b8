/// What goes to standard error: errors, each as what went wrong, why, and what to do.
#pragma once

#include "base/result.hpp"
#include "model/run.hpp"

#include <string_view>
#include <vector>

namespace tcpblame::cli {

void print_error(const Error& error);

/// As it is, to standard error. It is dropped where nobody reads that and a signal has asked to end.
void put_on_stderr(std::string_view text);

/// What cannot be named from where it runs, or ran.
void print_limits(const std::vector<model::RunLimit>& limits);

} // namespace tcpblame::cli
