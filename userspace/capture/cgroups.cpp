#include "capture/cgroups.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <system_error>

namespace tcpblame::capture {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> inode_of(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return std::nullopt;
    return status.st_ino;
}

/// An id says nothing of its place: the tree is walked, once for each id.
std::string find_below(const std::string& mount, std::uint64_t id) {
    if (inode_of(mount) == id) return "/";
    std::error_code error;
    for (fs::recursive_directory_iterator it(mount, fs::directory_options::skip_permission_denied, error), end;
         !error && it != end; it.increment(error)) {
        std::error_code ignored; // a group may go while we look
        if (it->is_directory(ignored) && inode_of(it->path().string()) == id)
            return it->path().string().substr(mount.size());
    }
    return {};
}

} // namespace

std::optional<std::string> cgroup_mount() {
    std::ifstream mounts("/proc/self/mounts");
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream fields(line);
        std::string device;
        std::string where;
        std::string type;
        fields >> device >> where >> type;
        if (type == "cgroup2") return where;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> cgroup_id(const std::string& mount, std::string_view path) {
    const std::string whole = mount + "/" + std::string(path);
    std::error_code error;
    return fs::is_directory(whole, error) ? inode_of(whole) : std::nullopt;
}

const std::string& CgroupNames::path_of(std::uint64_t id) {
    const auto [entry, is_new] = known_.try_emplace(id);
    if (is_new)
        if (const auto mount = cgroup_mount()) entry->second = find_below(*mount, id);
    return entry->second;
}

} // namespace tcpblame::capture
