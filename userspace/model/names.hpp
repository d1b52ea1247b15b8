/// The names of error numbers and signals, as the manual pages write them.
#pragma once

#include <string>

namespace tcpblame::model {

/// "EPIPE"; "errno 1234" where the number has no name.
std::string errno_name(int error);

/// "SIGKILL"; "signal 40" where the number has no name (the real-time signals have none).
std::string signal_name(int signal);

} // namespace tcpblame::model
