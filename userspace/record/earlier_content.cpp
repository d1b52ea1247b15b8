#include "record/earlier_content.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tcpblame::record {

Result<void> empty_file(int fd, const std::string& path, EarlierContent what) {
    struct stat status {};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return {};
    if (what == EarlierContent::kRefuse)
        return fail(ExitCode::kFailure, fmt::format("{} is there already, and not empty", path),
                    "what is in it would be lost", "name another file, or give --overwrite to replace it");
    if (what == EarlierContent::kAppend) {
        const int flags = fcntl(fd, F_GETFL);
        if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_APPEND) == 0) return {};
        return fail(ExitCode::kFailure, fmt::format("cannot append to {}", path), std::strerror(errno),
                    "name another file");
    }
    if (ftruncate(fd, 0) != 0)
        return fail(ExitCode::kFailure, fmt::format("cannot empty {}", path), std::strerror(errno),
                    "name another file");
    return {};
}

} // namespace tcpblame::record
