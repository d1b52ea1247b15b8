/// What /proc told of processes while they lived, for verdicts that come when they may be dead.
#pragma once

#include "model/event.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace tcpblame::reconstruct {

/// What an event says of a task.
model::Process process_of(const model::Actor& actor);

class Processes {
public:
    void learn(const model::ProcessKnown& known);
    void learn(const model::CgroupKnown& known) { cgroups_[known.id] = known.path; }

    /// Adds what is known besides.
    void complete(model::Process& process) const;

    /// An actor as a verdict shows it, with what is known besides.
    model::Process describe(const model::Actor& actor) const;

    /// Names the module of each frame by the process's mappings. A word that is no address of its code ends the stack:
    /// a walk along frame pointers that are none comes to the process's data, and those are no business of any reader.
    void name_modules(std::uint32_t pid, std::vector<model::StackFrame>& stack) const;

private:
    static constexpr std::size_t kRemembered = 4096;

    std::unordered_map<std::uint32_t, model::ProcessKnown> known_; // by pid
    std::deque<std::uint32_t> oldest_first_;
    std::unordered_map<std::uint64_t, std::string> cgroups_; // paths, by id
};

} // namespace tcpblame::reconstruct
