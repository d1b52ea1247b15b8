/// Opens files whose names another process chose, as root: regular files only, nothing that blocks or acts when opened.
#pragma once

#include "base/unique_fd.hpp"

#include <optional>
#include <string>
#include <sys/stat.h>

namespace tcpblame::capture {

struct RegularFile {
    UniqueFd fd; ///< read-only
    struct stat facts {};
};

/// Follows links, so for paths that the kernel answers for (/proc/PID/map_files/…).
[[nodiscard]] std::optional<RegularFile> open_regular(const std::string& path);

/// `path` as a process sees it whose root directory is `root`: no link leads out of it.
[[nodiscard]] std::optional<RegularFile> open_regular_below(const std::string& root, const std::string& path);

/// Below our root or, where that has no such file, below that of the first process: a container's root has few files,
/// and its /proc may be the host's.
std::optional<RegularFile> open_regular_of_host(const std::string& path);

} // namespace tcpblame::capture
