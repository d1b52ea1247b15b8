/// Checks what somebody asked to watch, and says it in words.
#pragma once

#include "base/result.hpp"
#include "model/event.hpp"
#include "model/selection.hpp"

#include <string>

namespace tcpblame::cli {

/// Fails with kFailure where a pid is no living process.
Result<void> check_processes(const model::Selection& selection);

/// Whether an event is of a process and a connection that were asked for. Others come, too: the kernel lets through
/// both ends of a connection, and what may be needed to understand them.
[[nodiscard]] bool is_of_target(const model::Selection& selection, const model::Event& event);

/// "pid 4242 (orders-api), port 5432".
std::string describe(const model::Selection& selection);

} // namespace tcpblame::cli
