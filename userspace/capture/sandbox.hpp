/// What is left to a process that reads files which are not to be trusted: memory, one socket, and the files that it
/// gets through that.
#pragma once

#include <cstddef>

namespace tcpblame::capture {

/// `socket` becomes file descriptor 0, the only one; as much memory as `memory` may come to what there is. Afterwards
/// any system call but those that this needs ends the process; to open a file is refused. False where something could
/// not be given up: the process must end, then.
[[nodiscard]] bool enter_sandbox(int socket, std::size_t memory);

} // namespace tcpblame::capture
