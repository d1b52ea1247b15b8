#include "reconstruct/processes.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tcpblame::reconstruct {
namespace {

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

const model::Mapping* mapping_at(const std::vector<model::Mapping>& mappings, std::uint64_t address) {
    const auto found = std::find_if(mappings.begin(), mappings.end(), [address](const model::Mapping& mapping) {
        return mapping.start <= address && address < mapping.end;
    });
    return found != mappings.end() ? &*found : nullptr;
}

std::shared_ptr<const model::ProcessNames> made(std::string argv, model::ContainerNames container) {
    if (argv.empty() && container.empty()) return nullptr;
    return std::make_shared<const model::ProcessNames>(model::ProcessNames{std::move(argv), std::move(container)});
}

} // namespace

model::Process process_of(const model::Actor& actor) {
    const std::uint32_t own_pid = actor.own_pid != actor.pid ? actor.own_pid : 0;
    return {actor.pid, actor.tid, actor.comm, actor.name, {}, {}, own_pid, {}, {}, actor.asked_for, {}};
}

bool is_same_process(const model::Actor& one, const model::Actor& other) {
    return one.pid != 0 && one.pid == other.pid;
}

void Processes::learn(const model::ProcessKnown& known) {
    const auto [entry, is_new] = known_.try_emplace(known.pid);
    Holders& holders = entry->second;
    unnamed_pid_ = known.pid;
    // Of a process that is ending nothing can be read any more; what was read before stays true of it.
    if (!is_new && !known.is_another && known.exe.empty() && known.mappings.empty()) return;
    if (known.is_another && !is_new) {
        holders.before = std::move(holders.now);
        holders.now.name.reset();
    }
    holders.now.known = known;
    holders.now.names = made(std::move(holders.now.known.argv), std::move(holders.now.known.container));
    if (!is_new) return;
    oldest_first_.push_back(known.pid);
    if (oldest_first_.size() <= kRemembered) return;
    known_.erase(oldest_first_.front());
    oldest_first_.pop_front();
}

void Processes::learn_name(const model::Event& event) {
    const auto learn_from = [this](const model::Actor& actor) {
        if (actor.pid != unnamed_pid_) return;
        const auto known = known_.find(actor.pid);
        if (known != known_.end()) known->second.now.name = actor.name;
    };
    std::visit(
        [&](const auto& one) {
            if constexpr (requires { one.actor.has_value(); }) {
                if (one.actor) learn_from(*one.actor);
            } else if constexpr (requires { one.actor.pid; }) {
                learn_from(one.actor);
            }
        },
        event);
    unnamed_pid_ = 0;
}

const Processes::Named* Processes::find(std::uint32_t pid, std::string_view name) const {
    const auto found = known_.find(pid);
    if (found == known_.end()) return nullptr;
    const Holders& holders = found->second;
    const auto is = [name](const Named& one) { return one.name && *one.name == model::TaskName(name); };
    if (is(holders.now)) return &holders.now;
    if (holders.before && is(*holders.before)) return &*holders.before;
    if (!holders.now.name || !holders.now.known.is_another) return &holders.now;
    return holders.before && !holders.before->name ? &*holders.before : nullptr;
}

model::Process Processes::describe(const model::Actor& actor) const {
    model::Process process = process_of(actor);
    complete(process);
    // The kernel's word, of the moment itself, goes before what /proc said at another time.
    const auto found = cgroups_.find(actor.cgroup_id);
    if (found == cgroups_.end() || found->second.path.empty()) return process;
    const Cgroup& cgroup = found->second;
    const bool is_another = process.cgroup != cgroup.path;
    if (is_another ? process.container() != nullptr || !cgroup.container.empty()
                   : process.container() == nullptr && !cgroup.container.empty())
        process.names = made(std::string(process.argv()), cgroup.container);
    process.cgroup = cgroup.path;
    return process;
}

void Processes::complete(model::Process& process) const {
    const Named* found = find(process.pid, process.name);
    if (found == nullptr) return;
    process.exe = found->known.exe;
    process.cgroup = found->known.cgroup;
    process.names = found->names;
}

void Processes::name_modules(std::uint32_t pid, std::string_view name, std::vector<model::StackFrame>& stack) const {
    const Named* found = find(pid, name);
    const auto mapping_of = [&](const model::StackFrame& frame) {
        return found != nullptr ? mapping_at(found->known.mappings, frame.address) : nullptr;
    };
    // Where the kernel named the file, it has found code there. What was unwound was looked up then, and what is known
    // here may be older than the code that a just-in-time compiler has made.
    const auto is_code = [&](const model::StackFrame& frame) {
        return frame.is_code || !frame.build_id.empty() || mapping_of(frame) != nullptr;
    };
    stack.erase(std::find_if_not(stack.begin(), stack.end(), is_code), stack.end());
    for (model::StackFrame& frame : stack) {
        const model::Mapping* mapping = mapping_of(frame);
        if (mapping == nullptr) continue;
        const std::uint64_t offset = frame.address - mapping->start + mapping->file_offset;
        // The kernel's own offset, where it gave one, must agree: the pid may be another process's by now.
        if (!frame.build_id.empty() && frame.offset != offset) continue;
        frame.path = mapping->path;
        frame.module = base_name(mapping->path);
        frame.offset = offset;
    }
}

} // namespace tcpblame::reconstruct
