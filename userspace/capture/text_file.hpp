/// Reads a text file of /proc, whose process may be gone at any moment: what cannot be read is not there.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace tcpblame::capture {

/// All of it, as far as it could be read; empty where it cannot be opened.
std::string read_text(const std::string& path);

/// One line at a time, without its line feed.
class Lines {
public:
    explicit Lines(const std::string& path);
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;
    ~Lines();

    /// False at the end. `line` is good until the next call.
    [[nodiscard]] bool next(std::string_view& line);

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    std::unique_ptr<std::FILE, Close> file_;
    char* line_ = nullptr;
    std::size_t capacity_ = 0;
};

} // namespace tcpblame::capture
