#include "capture/text_file.hpp"

#include <cstdlib>
#include <sys/types.h>

namespace tcpblame::capture {

Lines::Lines(const std::string& path) : file_(std::fopen(path.c_str(), "re")) {}

Lines::~Lines() { std::free(line_); }

bool Lines::next(std::string_view& line) {
    if (!file_) return false;
    const ssize_t length = getline(&line_, &capacity_, file_.get());
    if (length <= 0) return false;
    line = {line_, static_cast<std::size_t>(length)};
    if (line.back() == '\n') line.remove_suffix(1);
    return true;
}

// No std::ifstream: its buffer throws where a read fails, as with ESRCH for a process that has just died.
std::string read_text(const std::string& path) {
    std::string text;
    Lines lines(path);
    for (std::string_view line; lines.next(line);) {
        text += line;
        text += '\n';
    }
    return text;
}

} // namespace tcpblame::capture
