#include "capture/regular_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tcpblame::capture {
namespace {

/// O_PATH has no effect on what it names, whereas to open a device may start or stop something.
std::optional<RegularFile> open_named(const UniqueFd& name) {
    RegularFile file;
    if (!name || fstat(name.get(), &file.facts) != 0 || !S_ISREG(file.facts.st_mode)) return std::nullopt;
    const std::string again = fmt::format("/proc/self/fd/{}", name.get());
    file.fd = UniqueFd(open(again.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.fd) return std::nullopt;
    return file;
}

UniqueFd name_below(const std::string& root, const std::string& path) {
    const UniqueFd top(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!top) return {};
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const long fd = syscall(SYS_openat2, top.get(), path.c_str(), &how, sizeof(how));
    if (fd >= 0 || errno != ENOSYS) return UniqueFd(static_cast<int>(fd));
    // Before 5.6: at least the last component is no link.
    return UniqueFd(open((root + path).c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

} // namespace

std::optional<RegularFile> open_regular(const std::string& path) {
    return open_named(UniqueFd(open(path.c_str(), O_PATH | O_CLOEXEC)));
}

std::optional<RegularFile> open_regular_below(const std::string& root, const std::string& path) {
    if (path.empty() || path.front() != '/') return std::nullopt;
    return open_named(name_below(root, path));
}

std::optional<RegularFile> open_regular_of_host(const std::string& path) {
    auto file = open_regular_below("/", path);
    return file ? std::move(file) : open_regular_below("/proc/1/root", path);
}

} // namespace tcpblame::capture
