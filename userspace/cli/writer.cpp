#include "cli/writer.hpp"

#include "record/interruptible_write.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <span>
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
    auto written = record::Written::kAll;
    if (!closed_ && !cut_) written = record::write_all(fd_, std::as_bytes(std::span(waiting_)));
    waiting_.clear();
    switch (written) {
    case record::Written::kAll: break;
    case record::Written::kClosed: closed_ = true; break;
    case record::Written::kCut: cut_ = true; break;
    case record::Written::kFailed:
        return fail(ExitCode::kFailure, fmt::format("cannot write to {}", name_), std::strerror(errno),
                    "make room for the output, or write it elsewhere");
    }
    return {};
}

Result<void> Writer::finish() {
    if (auto flushed = flush(); !flushed || !cut_) return flushed;
    return fail(ExitCode::kFailure, "the output is cut", fmt::format("nobody reads {}", name_),
                "read it on, or write it into a file by --output");
}

} // namespace tcpblame::cli
