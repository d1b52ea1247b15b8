/// Everything that is written: an output and how that went, a text, and what goes to standard error.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "model/run.hpp"
#include "record/earlier_content.hpp"

#include <string>
#include <string_view>
#include <vector>

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

    /// Goes on in the file that has the name now, as after logrotate has given the old one another: nothing of either
    /// is lost. Standard output stays as it is. Fails with kFailure, and goes on where it was.
    Result<void> reopen();

    /// As flush(), at the end: fails with kFailure where something was dropped.
    Result<void> finish();

    [[nodiscard]] bool closed() const { return closed_; }
    [[nodiscard]] int fd() const { return fd_; }

private:
    Writer(UniqueFd owned, int fd, std::string name) : owned_(std::move(owned)), fd_(fd), name_(std::move(name)) {}

    UniqueFd owned_;
    int fd_;
    std::string name_;
    std::string waiting_;
    bool closed_ = false;
    bool cut_ = false;
};

/// A text, to standard output. A reader that goes away ("| head") is no failure.
Result<void> print(std::string_view text);

/// To standard error: what went wrong, why, and what to do.
void print_error(const Error& error);

/// As it is, to standard error. It is dropped where nobody reads that and a signal has asked to end.
void put_on_stderr(std::string_view text);

/// What cannot be named from where it runs, or ran.
void print_limits(const std::vector<model::RunLimit>& limits);

} // namespace tcpblame::cli
