/// What goes to standard error: errors, each as what went wrong, why, and what to do.
#pragma once

#include "base/result.hpp"
#include "model/run.hpp"

#include <vector>

namespace tcpblame::cli {

void print_error(const Error& error);

/// What cannot be named from where it runs, or ran.
void print_limits(const std::vector<model::RunLimit>& limits);

} // namespace tcpblame::cli
