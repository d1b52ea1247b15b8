/// /tmp/perf-PID.map: where a just-in-time compiler says what code it made.
#pragma once

#include "capture/regular_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

namespace tcpblame::capture {

/// Lines "START SIZE name", numbers in hex; other lines are passed over.
class PerfMap {
public:
    struct Found {
        std::string_view name; ///< empty: not known. Untrusted bytes
        std::uint64_t start = 0;
    };

    /// The file's next bytes.
    void add(std::string_view text);
    [[nodiscard]] std::size_t size() const { return text_.size(); } ///< of all that was added
    /// Code is thrown away and its place used again: the last line that speaks of an address is true.
    [[nodiscard]] Found find(std::uint64_t address) const;

private:
    struct Code {
        std::uint64_t start;
        std::uint64_t size;
        std::uint32_t name; ///< in text_
        std::uint32_t name_length;
    };

    std::string text_;
    std::size_t parsed_ = 0;  // of text_: a line may still lack its end
    std::vector<Code> codes_; // as written
};

/// The map that a process writes.
class PerfMapFile {
public:
    /// Reads what was added to the file since the last time. A file that is too large, or not owned by `owner` or root,
    /// is none.
    PerfMap::Found find(std::uint64_t address, RegularFile file, uid_t owner);

private:
    struct stat facts_ {};
    PerfMap map_;
};

} // namespace tcpblame::capture
