#include "cli/output/writer.hpp"

#include "record/interruptible_write.hpp"
#include "render/escape.hpp"
#include "render/wording/sentences.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
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

Result<void> Writer::reopen() {
    if (!owned_) return {};
    if (auto flushed = flush(); !flushed) return flushed;
    auto next = open(name_, fd_, record::EarlierContent::kAppend);
    if (!next) return tl::unexpected(next.error());
    owned_ = std::move(next->owned_);
    fd_ = owned_.get();
    return {};
}

Result<void> Writer::finish() {
    if (auto flushed = flush(); !flushed || !cut_) return flushed;
    return fail(ExitCode::kFailure, "the output is cut", fmt::format("nobody reads {}", name_),
                "read it on, or write it into a file by --output");
}

Result<void> print(std::string_view text) {
    std::signal(SIGPIPE, SIG_IGN);
    const bool printed = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (printed || errno == EPIPE) return {};
    return fail(ExitCode::kFailure, "cannot write to standard output", std::strerror(errno));
}

namespace {

/// A file or an argument may be named with bytes that are not for a terminal.
std::string safe(const std::string& text) {
    constexpr std::size_t kLongEnough = 1000;
    return render::printable(text, kLongEnough);
}

} // namespace

void print_error(const Error& error) {
    std::string text = "tcpblame: " + safe(error.what);
    if (!error.why.empty()) text += ": " + safe(error.why);
    text += '\n';
    if (!error.todo.empty()) text += "tcpblame: " + safe(error.todo) + '\n';
    put_on_stderr(text);
}

void put_on_stderr(std::string_view text) {
    static bool cut = false; // to wait once is enough
    if (!cut) cut = record::write_all(STDERR_FILENO, std::as_bytes(std::span(text))) == record::Written::kCut;
}

void print_limits(const std::vector<model::RunLimit>& limits) {
    for (const model::RunLimit limit : limits) {
        const render::LimitWords words = render::limit_words(limit);
        print_error({ExitCode::kOk, std::string(words.what), std::string(words.why), std::string(words.todo)});
    }
}

} // namespace tcpblame::cli
