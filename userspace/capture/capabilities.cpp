#include "capture/capabilities.hpp"

#include "capture/owned_caps.hpp"

#include <algorithm>
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
        {CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", "functions of a file that not everybody may read"},
        // To follow the links in map_files (fs/proc/base.c, proc_map_files_get_link(), 5.9).
        {CAP_CHECKPOINT_RESTORE, "CAP_CHECKPOINT_RESTORE", "functions of a file that was deleted or replaced"},
    };
    return all;
}

Result<std::vector<Capability>> missing_capabilities() {
    const OwnedCaps caps(cap_get_proc());
    if (!caps) return fail(ExitCode::kPrivilege, "cannot read this process's capabilities", std::strerror(errno));
    std::vector<Capability> missing;
    if (!is_set(caps, CAP_SYS_ADMIN, CAP_EFFECTIVE))
        for (const Capability& each : attach_capabilities())
            if (!is_set(caps, each.value, CAP_EFFECTIVE)) missing.push_back(each);
    for (const Capability& each : look_up_capabilities())
        if (!is_set(caps, each.value, CAP_PERMITTED)) missing.push_back(each);
    return missing;
}

Result<void> check_privilege() {
    const auto missing = missing_capabilities();
    if (!missing) return tl::unexpected(missing.error());
    for (const Capability& need : attach_capabilities())
        if (std::any_of(missing->begin(), missing->end(), [&](const auto& each) { return each.value == need.value; }))
            return fail(
                ExitCode::kPrivilege, fmt::format("missing capability {}", need.name),
                fmt::format("it is needed for {}, and this process (uid {}) does not have it", need.gives, geteuid()),
                "run it as root (sudo tcpblame …), or grant it CAP_BPF and CAP_PERFMON");
    return {};
}

Result<void> check_btf() {
    if (access(kBtfPath, R_OK) == 0) return {};
    return fail(ExitCode::kKernelCannot, "this kernel has no BTF",
                fmt::format("{}: {}; the BPF programs find the kernel's fields by it", kBtfPath, std::strerror(errno)),
                "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (in a container, make /sys of the host visible)");
}

} // namespace tcpblame::capture
