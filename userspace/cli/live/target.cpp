#include "cli/live/target.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace tcpblame::cli {
namespace {

/// A line of /proc/PID/status; empty where there is no such process.
std::string status_value(std::uint32_t pid, std::string_view key) {
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    for (std::string line; std::getline(status, line);)
        if (line.size() > key.size() && line.compare(0, key.size(), key) == 0 && line[key.size()] == ':')
            return line.substr(std::min(line.size(), line.find_first_not_of(" \t", key.size() + 1)));
    return {};
}

Result<void> check_process(std::uint32_t pid) {
    const std::string tgid = status_value(pid, "Tgid");
    if (tgid.empty())
        return fail(ExitCode::kFailure, fmt::format("there is no process with pid {}", pid),
                    fmt::format("/proc/{} does not exist", pid),
                    "it may have ended; find it with: pgrep -a NAME, or watch its port with -P");
    if (tgid != std::to_string(pid))
        return fail(ExitCode::kFailure, fmt::format("{} is a thread, not a process", pid),
                    fmt::format("it belongs to process {}", tgid), fmt::format("watch the process: -p {}", tgid));
    if (status_value(pid, "State").substr(0, 1) == "Z")
        return fail(ExitCode::kFailure, fmt::format("the process with pid {} has ended", pid),
                    "it is a zombie: its parent has not waited for it", "watch the process that does the work");
    return {};
}

std::vector<std::string> words_of(const std::vector<model::Prefix>& hosts) {
    std::vector<std::string> words;
    words.reserve(hosts.size());
    for (const model::Prefix& host : hosts) words.push_back(to_string(host));
    return words;
}

/// The name as it is: the one in status has its odd characters escaped.
std::string process_words(std::uint32_t pid) {
    std::ifstream comm(fmt::format("/proc/{}/comm", pid));
    std::string name;
    std::getline(comm, name, '\0');
    if (!name.empty()) name.pop_back(); // its line feed
    return fmt::format("pid {} ({})", pid, name);
}

} // namespace

Result<void> check_processes(const model::Selection& selection) {
    for (const std::uint32_t pid : selection.pids)
        if (auto good = check_process(pid); !good) return good;
    return {};
}

bool is_of_target(const model::Selection& selection, const model::Event& event) {
    return std::visit(
        [&](const auto& one) {
            if constexpr (!requires { one.actor; }) {
                return false;
            } else {
                const std::optional<model::Actor> actor = one.actor;
                if (selection.by_process() && (!actor || !actor->asked_for)) return false;
                if constexpr (requires { one.socket; })
                    return selection.passes(one.socket.tuple) || selection.passes(one.socket.tuple.swapped());
                return selection.passes_portless();
            }
        },
        event);
}

std::string describe(const model::Selection& selection) {
    std::vector<std::string> parts;
    const char* lineage = selection.follow ? " and its children" : "";
    for (const std::uint32_t pid : selection.pids) parts.push_back(process_words(pid) + lineage);
    if (!selection.comms.empty()) parts.push_back(fmt::format("processes named {}", fmt::join(selection.comms, ", ")));
    if (!selection.cgroups.empty()) parts.push_back(fmt::format("cgroup {}", fmt::join(selection.cgroups, ", ")));
    if (!selection.netns.empty())
        parts.push_back(fmt::format("network namespace {}", fmt::join(selection.netns, ", ")));
    if (!selection.ports.empty()) parts.push_back(fmt::format("port {}", fmt::join(selection.ports, ", ")));
    if (!selection.local_ports.empty())
        parts.push_back(fmt::format("local port {}", fmt::join(selection.local_ports, ", ")));
    if (!selection.remote_ports.empty())
        parts.push_back(fmt::format("remote port {}", fmt::join(selection.remote_ports, ", ")));
    if (!selection.hosts.empty()) parts.push_back(fmt::format("host {}", fmt::join(words_of(selection.hosts), ", ")));
    if (selection.ipv4 != selection.ipv6) parts.emplace_back(selection.ipv4 ? "IPv4 only" : "IPv6 only");
    if (selection.as_culprit()) parts.emplace_back(selection.as_victim() ? "as victim and culprit" : "as culprit");
    return parts.empty() ? "all processes" : fmt::format("{}", fmt::join(parts, ", "));
}

} // namespace tcpblame::cli
