#include "cli/selects.hpp"

#include <algorithm>
#include <string_view>

namespace tcpblame::cli {
namespace {

/// Also what is below it, as the kernel's filter has it.
bool is_in_cgroup(std::string_view path, std::string_view cgroup) {
    if (cgroup.size() > 1 && cgroup.back() == '/') cgroup.remove_suffix(1); // as a shell completes it
    return path.substr(0, cgroup.size()) == cgroup &&
           (path.size() == cgroup.size() || cgroup == "/" || path[cgroup.size()] == '/');
}

bool passes(const model::Selection& selection, const model::Process& process) {
    if (!selection.by_process()) return true;
    if (std::any_of(selection.cgroups.begin(), selection.cgroups.end(),
                    [&](const std::string& cgroup) { return is_in_cgroup(process.cgroup, cgroup); }))
        return true;
    const bool by_name = !selection.pids.empty() || !selection.comms.empty();
    return by_name && selection.passes(process.pid, process.comm, process.name);
}

} // namespace

bool selects(const model::Selection& selection, const model::Verdict& verdict) {
    if (verdict.connection) {
        if (!selection.passes(verdict.connection->tuple) || !selection.passes_netns(verdict.connection->netns))
            return false;
    } else if (!selection.passes_portless()) {
        return false;
    }
    return verdict.process ? passes(selection, *verdict.process) : !selection.by_process();
}

} // namespace tcpblame::cli
