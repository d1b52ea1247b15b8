/// Stands between a command and whoever started us, as if we were the command.
#pragma once

#include "cli/forwarded_signals.hpp"

#include <sys/types.h>

namespace tcpblame::cli {

/// Returns when the command, a child, has ended, with its exit status as a shell has it: 128 + N where signal N killed
/// it. Until then what is sent to us is sent on to it, and we stop when it does.
/// `with_children`: also waits for all that came from it, where it was started below a subreaper (prctl(2)), until a
/// signal asks to end.
int await_command(pid_t command, bool with_children, const ForwardedSignals& signals);

} // namespace tcpblame::cli
