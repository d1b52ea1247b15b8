/// What /proc reported of processes while they lived, for verdicts that come when they may be dead.
#pragma once

#include "model/event.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tcpblame::reconstruct {

/// What an event says of a task.
model::Process process_of(const model::Actor& actor);

/// Whether two events are known to speak of one process. Outside of the tracer's pid namespace all pids are 0: of two
/// such it is not known.
bool is_same_process(const model::Actor& one, const model::Actor& other);

class Processes {
public:
    void learn(const model::ProcessKnown& known);
    /// Whoever has the pid now is called so: it was looked up for the event that says it.
    void learn_name(const model::Event& event);
    bool awaits_name() const { return unnamed_pid_ != 0; }
    void learn(const model::CgroupKnown& known) { cgroups_[known.id] = {known.path, known.container}; }

    /// Adds what is known besides.
    void complete(model::Process& process) const;

    /// An actor as a verdict shows it, with what is known besides.
    model::Process describe(const model::Actor& actor) const;

    /// Names the module of each frame by the process's mappings. A word that is no address of its code ends the stack:
    /// a walk along frame pointers that are none comes to the process's data, and those are no business of any reader.
    void name_modules(std::uint32_t pid, std::string_view name, std::vector<model::StackFrame>& stack) const;

private:
    static constexpr std::size_t kRemembered = 4096;

    using Names = std::shared_ptr<const model::ProcessNames>;
    struct Named {
        model::ProcessKnown known; ///< but for the names
        Names names;
        std::optional<model::TaskName> name;
    };
    /// A pid goes from one process to the next, and a process changes its name: each was what it was.
    struct Holders {
        Named now;
        std::optional<Named> before;
    };
    struct Cgroup {
        std::string path;
        model::ContainerNames container;
    };
    /// What is known of the one that had the pid under this name; nullptr where that was another.
    const Named* find(std::uint32_t pid, std::string_view name) const;

    std::unordered_map<std::uint32_t, Holders> known_; // by pid
    std::uint32_t unnamed_pid_ = 0;
    std::deque<std::uint32_t> oldest_first_;
    std::unordered_map<std::uint64_t, Cgroup> cgroups_; // by id
};

} // namespace tcpblame::reconstruct
