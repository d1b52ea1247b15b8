/// What is to be known of recordings before they are reported.
#pragma once

#include "base/result.hpp"
#include "cli/recording.hpp"
#include "reconstruct/remote_endpoints.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tcpblame::cli {

/// The ends of connections of all of them, their clocks aligned. Reads them to their ends; what is damaged ends there,
/// and is said when they are reported.
reconstruct::RemoteEndpoints collect_endpoints(const std::vector<Recording>& recordings);

/// When a recording ends: nanoseconds since the epoch, by its own clock. Reads it to its end.
std::int64_t end_of(const Recording& recording);

} // namespace tcpblame::cli
