/// Finds a file by its build id alone, among all those that any process was seen to have mapped: what names the
/// stack of a process that died before anybody could look at it.
#pragma once

#include "capture/elf_cache.hpp"
#include "model/event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tcpblame::capture {

class KnownFiles {
public:
    /// `pid`: whose files these are; 0 where it sees the same files as we do. None is opened before one is looked for.
    void add(std::uint32_t pid, const std::vector<model::Mapping>& mappings);

    /// nullptr where none of the files has it, or it is gone.
    std::shared_ptr<ElfFile> find(std::string_view build_id, ElfCache& cache);

private:
    struct Place {
        std::uint32_t pid; ///< whose mount namespace and root directory; 0: ours
        std::string path;
    };

    [[nodiscard]] static std::optional<RegularFile> open(const Place& place);

    std::unordered_set<std::string> seen_; // "pid path"
    std::deque<Place> unread_;
    std::unordered_map<std::string, Place> places_; // build id → where
};

} // namespace tcpblame::capture
