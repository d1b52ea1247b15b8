/// What goes to standard error: errors, each as what went wrong, why, and what to do.
#pragma once

#include "base/result.hpp"

namespace tcpblame::cli {

void print_error(const Error& error);

} // namespace tcpblame::cli
