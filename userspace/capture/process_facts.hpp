/// What /proc says of a process, read while it still lives: its executable, cgroup and mappings.
#pragma once

#include "model/event.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tcpblame::capture {

/// Whether to read the command line: there may be secrets in it.
enum class Argv : bool { kLeaveOut, kRead };

/// What cannot be read stays empty: the process may have gone, or we may not look at it. What its container is called
/// is not asked.
model::ProcessKnown read_process(std::uint32_t pid, std::uint64_t now_ns, Argv argv = Argv::kLeaveOut);

/// The same of one that had this name (its main thread's comm) a moment ago. Another name is another process, that got
/// the pid since: of that nothing is said.
model::ProcessKnown read_process(std::uint32_t pid, std::string_view name, std::uint64_t now_ns,
                                 Argv argv = Argv::kLeaveOut);

/// The processes and all that have come from them, as /proc has it now.
std::vector<std::uint32_t> with_descendants(const std::vector<std::uint32_t>& pids);

/// The processes that have a thread of one of these names (cut to 15 bytes, as the kernel cuts them), as /proc has them
/// now.
std::vector<std::uint32_t> with_threads_named(const std::vector<std::string>& names);

/// Remembers whom it asked about, so that /proc is read once a while and not once an event.
class ProcessFacts {
public:
    enum class Due : std::uint8_t { kNo, kYes, kAnother };

    /// Is it time to read about this process (again)? Under another name it is taken for another process.
    Due due(std::uint32_t pid, std::string_view name, std::uint64_t now_ns);

    /// The same for one that may never matter: no more than a few a second, but those that are due for their name.
    Due due_in_passing(std::uint32_t pid, std::string_view name, std::uint64_t now_ns);

private:
    struct Asked {
        std::uint64_t at_ns = 0;
        std::string name;
    };

    [[nodiscard]] bool has_other_name(std::uint32_t pid, std::string_view name) const;

    std::unordered_map<std::uint32_t, Asked> asked_; // by pid
    std::uint64_t passing_since_ns_ = 0;
    unsigned asked_in_passing_ = 0; // since then
};

} // namespace tcpblame::capture
