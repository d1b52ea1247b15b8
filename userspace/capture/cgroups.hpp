/// Control groups of the unified hierarchy: where it is mounted, and which id belongs to which path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tcpblame::capture {

/// Where the unified hierarchy is mounted; nullopt where it is not.
[[nodiscard]] std::optional<std::string> cgroup_mount();

/// The id that the kernel gives a cgroup (kernfs: its inode number); nullopt where there is none.
[[nodiscard]] std::optional<std::uint64_t> cgroup_id(const std::string& mount, std::string_view path);

/// Names cgroups by their ids.
class CgroupNames {
public:
    /// The path below the root ("/" for the root); "" where it cannot be found any more.
    const std::string& path_of(std::uint64_t id);

private:
    std::unordered_map<std::uint64_t, std::string> known_;
};

} // namespace tcpblame::capture
