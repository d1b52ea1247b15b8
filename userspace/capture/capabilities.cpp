#include "capture/capabilities.hpp"

#include "capture/owned_caps.hpp"
#include "capture/runtime_environment.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace tcpblame::capture {

const std::vector<Capability>& attach_capabilities() {
    static const std::vector<Capability> all{
        {CAP_BPF, "CAP_BPF", "loading BPF programs"},
        {CAP_PERFMON, "CAP_PERFMON", "attaching them to kernel tracepoints, and reading kernel memory"},
    };
    return all;
}

const std::vector<Capability>& look_up_capabilities() {
    static const std::vector<Capability> all{
        // ptrace_may_access(): /proc/PID/exe, maps, root, ns.
        {CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "the program of another user's process, and all the functions of its stack"},
        // Also /proc/PID/map_files, whose owner alone may enter it.
        {CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH",
         "functions of a file that not everybody may read, and names of containers and pods"},
        // To follow the links in map_files (fs/proc/base.c, proc_map_files_get_link(), 5.9).
        {CAP_CHECKPOINT_RESTORE, "CAP_CHECKPOINT_RESTORE", "functions of a file that was deleted or replaced"},
    };
    return all;
}

namespace {

Result<OwnedCaps> own_capabilities() {
    OwnedCaps caps(cap_get_proc());
    if (!caps) return fail(ExitCode::kPrivilege, "cannot read this process's capabilities", std::strerror(errno));
    return caps;
}

std::vector<Capability> missing(const OwnedCaps& caps, const std::vector<Capability>& wanted, cap_flag_t set) {
    std::vector<Capability> missing;
    for (const Capability& each : wanted)
        if (!is_set(caps, each.value, set)) missing.push_back(each);
    return missing;
}

std::vector<Capability> missing_to_attach(const OwnedCaps& caps) {
    if (is_set(caps, CAP_SYS_ADMIN, CAP_EFFECTIVE)) return {};
    return missing(caps, attach_capabilities(), CAP_EFFECTIVE);
}

} // namespace

Result<std::vector<Capability>> missing_capabilities() {
    const auto caps = own_capabilities();
    if (!caps) return tl::unexpected(caps.error());
    std::vector<Capability> all = missing_to_attach(*caps);
    for (const Capability& each : missing(*caps, look_up_capabilities(), CAP_PERMITTED)) all.push_back(each);
    return all;
}

Result<void> check_privilege() {
    const auto caps = own_capabilities();
    if (!caps) return tl::unexpected(caps.error());
    const std::vector<Capability> needed = missing_to_attach(*caps);
    if (needed.empty()) return {};
    return fail(
        ExitCode::kPrivilege, fmt::format("missing capability {}", needed.front().name),
        fmt::format("it is needed for {}, and this process (uid {}) does not have it", needed.front().gives, geteuid()),
        how_to_grant(runtime_environment()));
}

Result<void> check_btf() {
    if (access(kBtfPath, R_OK) == 0) return {};
    return fail(ExitCode::kKernelCannot, "this kernel has no BTF",
                fmt::format("{}: {}; the BPF programs find the kernel's fields by it", kBtfPath, std::strerror(errno)),
                how_to_show_btf(runtime_environment()));
}

} // namespace tcpblame::capture
