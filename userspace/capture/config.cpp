#include "capture/config.hpp"

#include "capture/cgroups.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace tcpblame::capture {
namespace {

constexpr ino_t kInitialPidNamespace = 0xEFFFFFFC; // include/linux/proc_ns.h: PROC_PID_INIT_INO

template <typename List>
Result<void> check_length(const List& list, std::string_view what, std::size_t most = CONFIG_LIST_MAX) {
    if (list.size() <= most) return {};
    return fail(ExitCode::kUsage, fmt::format("too many {}: {}", what, list.size()),
                fmt::format("the filter in the kernel takes {} at most", most),
                "trace fewer at once, or leave the filter out");
}

template <typename List, typename Array>
__u32 copy_list(const List& from, Array& to) {
    std::copy(from.begin(), from.end(), to);
    return static_cast<__u32>(from.size());
}

host_prefix prefix_for_kernel(const model::Prefix& prefix) {
    model::Address ones{prefix.address.family, {}};
    ones.bytes.fill(0xff);
    host_prefix out{};
    static_assert(sizeof(out.address) == sizeof(ones.bytes));
    std::memcpy(out.address, prefix.address.bytes.data(), sizeof(out.address));
    std::memcpy(out.mask, model::prefix_of(ones, prefix.length).address.bytes.data(), sizeof(out.mask));
    out.family = static_cast<__u32>(prefix.address.family);
    return out;
}

void put_pid_namespace(config& out) {
    struct stat ours {};
    if (stat("/proc/self/ns/pid", &ours) != 0) { // no /proc: the kernel's own numbers are the best there is
        out.pidns_is_initial = 1;
        return;
    }
    out.pidns_ino = ours.st_ino;
    out.pidns_is_initial = ours.st_ino == kInitialPidNamespace ? 1 : 0;
}

/// The coarse clocks tick with the jiffies (kernel/time/posix-timers.c: KTIME_LOW_RES).
__u32 jiffy_us() {
    timespec resolution{};
    clock_getres(CLOCK_MONOTONIC_COARSE, &resolution);
    return static_cast<__u32>(resolution.tv_nsec / 1000);
}

Result<void> put_cgroups(const std::vector<std::string>& paths, config& out) {
    const auto mount = cgroup_mount();
    for (const std::string& path : paths) {
        const auto id = mount ? cgroup_id(*mount, path) : std::nullopt;
        if (!id)
            return fail(ExitCode::kFailure, fmt::format("there is no cgroup {}", path),
                        mount ? fmt::format("{}{} does not exist", *mount, path)
                              : std::string("the unified hierarchy (cgroup2) is not mounted"),
                        "see a process's own with: cat /proc/PID/cgroup (the line that begins with 0::)");
        out.cgroups[out.cgroup_count++] = *id;
    }
    return {};
}

} // namespace

Result<void> check_lists(const model::Selection& selection) {
    for (const auto& checked :
         {check_length(selection.ports, "ports"), check_length(selection.local_ports, "local ports"),
          check_length(selection.remote_ports, "remote ports"), check_length(selection.pids, "pids"),
          check_length(selection.comms, "names"), check_length(selection.cgroups, "cgroups"),
          check_length(selection.netns, "network namespaces"),
          check_length(selection.hosts, "hosts", CONFIG_HOSTS_MAX)})
        if (!checked) return checked;
    return {};
}

Result<config> make_config(const model::Selection& selection, const KernelNames& names, const Wishes& plan) {
    config out{};
    out.port_count = copy_list(selection.ports, out.ports);
    out.local_port_count = copy_list(selection.local_ports, out.local_ports);
    out.remote_port_count = copy_list(selection.remote_ports, out.remote_ports);
    out.pid_count = copy_list(selection.pids, out.pids);
    for (const std::string& comm : selection.comms)
        std::strncpy(out.comms[out.comm_count++], comm.c_str(), sizeof(out.comms[0]) - 1);
    if (auto put = put_cgroups(selection.cgroups, out); !put) return tl::unexpected(put.error());
    out.netns_count = copy_list(selection.netns, out.netns);
    for (const model::Prefix& host : selection.hosts) out.hosts[out.host_count++] = prefix_for_kernel(host);
    out.follow = selection.follow ? 1 : 0;
    out.all = plan.all ? 1 : 0;
    out.keeps = !plan.all && names.has_socket_storage ? 1 : 0;
    out.unanswered = plan.unanswered ? 1 : 0;
    out.culprits = selection.as_culprit() ? 1 : 0;
    out.samples = plan.samples ? 1 : 0;
    out.no_stacks = plan.stacks ? 0 : 1;
    out.sk_slots_mask = plan.sk_slots - 1;
    out.kept_sets_mask = plan.kept_sets - 1;
    out.jiffy_us = jiffy_us();
    out.want_ipv4 = selection.ipv4 ? 1 : 0;
    out.want_ipv6 = selection.ipv6 ? 1 : 0;
    put_pid_namespace(out);
    out.oom_victim_is_task = names.oom_victim_is_task ? 1 : 0;
    out.page_bytes = static_cast<__u32>(sysconf(_SC_PAGESIZE));
    out.forgets = names.joins_states ? 0 : 1;
    out.reset_has_reason = names.reset_has_reason ? 1 : 0;
    std::copy(names.reset_reasons.begin(), names.reset_reasons.end(), out.reset_reasons);
    out.wakeup_bytes = plan.ring_bytes / 4; // leaves three quarters for what comes while the reader gets up
    return out;
}

} // namespace tcpblame::capture
