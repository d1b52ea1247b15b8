#include "capture/perf_map.hpp"

#include <charconv>
#include <cstddef>
#include <unistd.h>
#include <utility>

namespace tcpblame::capture {
namespace {

constexpr std::size_t kLargest = std::size_t{64} << 20;
constexpr std::size_t kLongestNameInMap = 4096;

/// Takes "1f ", with or without "0x", off the front.
bool take_hex(std::string_view& line, std::uint64_t& value) {
    if (line.substr(0, 2) == "0x") line.remove_prefix(2);
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value, 16);
    if (error != std::errc() || end == line.data() + line.size() || *end != ' ') return false;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
    return true;
}

std::string read_from(int fd, std::size_t at, std::size_t end) {
    std::string text(end - at, '\0');
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t length = pread(fd, text.data() + done, text.size() - done, static_cast<off_t>(at + done));
        if (length <= 0) break;
        done += static_cast<std::size_t>(length);
    }
    text.resize(done);
    return text;
}

bool is_same_file(const struct stat& one, const struct stat& other) {
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

} // namespace

void PerfMap::add(std::string_view text) {
    text_ += text;
    for (std::size_t end; (end = text_.find('\n', parsed_)) != std::string::npos;) {
        std::string_view line(text_.data() + parsed_, end - parsed_);
        parsed_ = end + 1;
        Code code{};
        if (!take_hex(line, code.start) || !take_hex(line, code.size) || line.empty() || code.size == 0) continue;
        code.name = static_cast<std::uint32_t>(line.data() - text_.data());
        code.name_length = static_cast<std::uint32_t>(line.substr(0, kLongestNameInMap).size());
        codes_.push_back(code);
    }
}

PerfMap::Found PerfMap::find(std::uint64_t address) const {
    for (auto code = codes_.rbegin(); code != codes_.rend(); ++code)
        if (address >= code->start && address - code->start < code->size)
            return {std::string_view(text_).substr(code->name, code->name_length), code->start};
    return {};
}

PerfMap::Found PerfMapFile::find(std::uint64_t address, RegularFile file, uid_t owner) {
    if (file.facts.st_uid != owner && file.facts.st_uid != 0) return {};
    const auto size = static_cast<std::size_t>(file.facts.st_size);
    if (size > kLargest) return {};
    if (!is_same_file(facts_, file.facts) || size < map_.size()) map_ = PerfMap();
    facts_ = file.facts;
    if (size > map_.size()) map_.add(read_from(file.fd.get(), map_.size(), size));
    return map_.find(address);
}

} // namespace tcpblame::capture
