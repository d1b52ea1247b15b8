#include "cli/writer.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace tcpblame::cli {

Result<Writer> Writer::open(const std::string& path, int standard_fd, record::EarlierContent earlier) {
    if (path.empty()) {
        const std::string name = standard_fd == STDERR_FILENO ? "standard error" : "standard output";
        if (fcntl(standard_fd, F_GETFD) < 0)
            return fail(ExitCode::kFailure, fmt::format("cannot write to {}", name), std::strerror(errno),
                        "do not close it, or name a file with --output");
        return Writer(UniqueFd(), standard_fd, name);
    }
    constexpr mode_t kReadableByAll = 0644;
    UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kReadableByAll));
    if (!file)
        return fail(ExitCode::kFailure, fmt::format("cannot write to {}", path), std::strerror(errno),
                    "name a file that can be written");
    const int fd = file.get();
    if (auto emptied = record::empty_file(fd, path, earlier); !emptied) return tl::unexpected(emptied.error());
    return Writer(std::move(file), fd, path);
}

Result<void> Writer::flush() {
    std::string_view rest = waiting_;
    while (!rest.empty() && !closed_) {
        const ssize_t written = write(fd_, rest.data(), rest.size());
        if (written >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EPIPE) {
            closed_ = true;
        } else if (errno == EAGAIN) { // somebody else's end of a terminal or pipe made it non-blocking
            pollfd ready{fd_, POLLOUT, 0};
            poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            waiting_.clear();
            return fail(ExitCode::kFailure, fmt::format("cannot write to {}", name_), std::strerror(errno),
                        "make room for the output, or write it elsewhere");
        }
    }
    waiting_.clear();
    return {};
}

} // namespace tcpblame::cli
