/// Writes what is to be printed, and remembers how that went.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "record/earlier_content.hpp"

#include <string>
#include <string_view>

namespace tcpblame::cli {

class Writer {
public:
    /// Where `path` is empty, standard output, or standard error where that one is given. Fails with kFailure, also
    /// where a file has something in it already.
    static Result<Writer> open(const std::string& path, int standard_fd = STDOUT_FILENO,
                               record::EarlierContent earlier = record::EarlierContent::kRefuse);

    /// Keeps the text until flush().
    void put(std::string_view text) { waiting_ += text; }

    /// An error (no room, …) is kFailure. A reader that has gone ("| head") is none: see closed(). Where nobody reads
    /// and a signal has asked to end, the rest is dropped.
    Result<void> flush();

    /// The same, at the end: fails with kFailure where something was dropped.
    Result<void> finish();

    bool closed() const { return closed_; }
    int fd() const { return fd_; }

private:
    Writer(UniqueFd owned, int fd, std::string name) : owned_(std::move(owned)), fd_(fd), name_(std::move(name)) {}

    UniqueFd owned_;
    int fd_;
    std::string name_;
    std::string waiting_;
    bool closed_ = false;
    bool cut_ = false;
};

} // namespace tcpblame::cli
