/// Checks what somebody asked to watch, and says it in words.
#pragma once

#include "base/result.hpp"
#include "model/selection.hpp"

#include <string>

namespace tcpblame::cli {

/// Fails with kFailure where a pid is no living process.
Result<void> check_processes(const model::Selection& selection);

/// "pid 4242 (orders-api), port 5432".
std::string describe(const model::Selection& selection);

} // namespace tcpblame::cli
