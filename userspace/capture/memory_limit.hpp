/// How much memory this process may have, by the memory cgroups that it is in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tcpblame::capture {

/// The least limit of its cgroup and those above, in bytes, of either version; nullopt where there is none. In a
/// container it is seen as the container has its cgroups mounted.
/// Documentation/admin-guide/cgroup-v2.rst (memory.max), cgroup-v1/memory.rst (memory.limit_in_bytes).
std::optional<std::uint64_t> memory_limit();

/// The same for tests: `cgroups` as /proc/PID/cgroup has it, `root` where the hierarchies are mounted.
std::optional<std::uint64_t> memory_limit_of(const std::string& cgroups, const std::string& root);

} // namespace tcpblame::capture
