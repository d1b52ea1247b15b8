/// What lies where in the memory of processes, also of those that have died meanwhile.
#pragma once

#include "capture/elf_file.hpp"
#include "model/event.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <unordered_map>
#include <vector>

namespace tcpblame::capture {

struct MappedFile {
    model::Mapping mapping;
    std::weak_ptr<ElfFile> file; ///< once it was found
    bool is_missing = false;     ///< it was looked for in vain, without a build id
};

struct KnownProcess {
    std::uint64_t start_time = 0;  ///< since boot, in ticks; 0: not known. With the pid it names one process
    std::optional<uid_t> uid;      ///< effective
    std::uint32_t own_pid = 0;     ///< in its own pid namespace; 0: not known
    bool shares_our_files = false; ///< its root directory and mount namespace are ours
    bool is_alive = false;         ///< it was, when it was looked at last
    timespec known_at{};           ///< CLOCK_REALTIME: what is said here was true then
    std::chrono::steady_clock::time_point looked_at;
    std::vector<MappedFile> mappings; ///< executable ones, by address

    MappedFile* at(std::uint64_t address);
};

/// The path without what the kernel adds to a deleted file's.
std::string path_of(const model::Mapping& mapping);
[[nodiscard]] bool is_deleted(const model::Mapping& mapping);

/// Remembers the processes that it was reported of last.
class ProcessMemory {
public:
    void learn(const model::ProcessKnown& known);

    /// Looks into /proc where nothing is known of the address, or what is known is old; nullptr where nothing can be
    /// known. Valid until the next call.
    KnownProcess* find(std::uint32_t pid, std::uint64_t address);
    /// Without a look into /proc.
    KnownProcess* remembered(std::uint32_t pid);

private:
    KnownProcess* keep(std::uint32_t pid, KnownProcess process);
    KnownProcess* look(std::uint32_t pid, KnownProcess* before);

    std::unordered_map<std::uint32_t, KnownProcess> processes_;
    std::deque<std::uint32_t> oldest_first_;
};

} // namespace tcpblame::capture
