#include "capture/memory_limit.hpp"

#include "capture/text_file.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <string_view>

namespace tcpblame::capture {
namespace {

/// Version 1 has a number near 2^63 for none, in whole pages; version 2, "max".
constexpr std::uint64_t kNone = std::uint64_t{1} << 60;

void lower(std::optional<std::uint64_t>& limit, const std::string& file) {
    const std::string text = read_text(file);
    std::uint64_t bytes = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), bytes);
    if (read.ec == std::errc() && bytes < kNone) limit = std::min(limit.value_or(bytes), bytes);
}

/// Of the group and of all above it.
void lower_along(std::optional<std::uint64_t>& limit, const std::string& mount, std::string path,
                 std::string_view file) {
    while (true) {
        lower(limit, mount + path + "/" + std::string(file));
        const std::size_t slash = path.rfind('/');
        if (slash == std::string::npos) return;
        path.resize(slash);
    }
}

} // namespace

std::optional<std::uint64_t> memory_limit_of(const std::string& cgroups, const std::string& root) {
    std::optional<std::uint64_t> limit;
    std::istringstream lines(cgroups);
    for (std::string line; std::getline(lines, line);) { // 0::/a/b, or 4:memory:/a/b
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
        std::string path = line.substr(second + 1);
        if (path == "/") path.clear();
        if (controllers == ",,")
            lower_along(limit, root, path, "memory.max");
        else if (controllers.find(",memory,") != std::string::npos)
            lower_along(limit, root + "/memory", path, "memory.limit_in_bytes");
    }
    return limit;
}

std::optional<std::uint64_t> memory_limit() {
    return memory_limit_of(read_text("/proc/self/cgroup"), "/sys/fs/cgroup");
}

} // namespace tcpblame::capture
