#include "capture/capabilities.hpp"

#include "capture/owned_caps.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <string>
#include <sys/capability.h>
#include <unistd.h>

namespace tcpblame::capture {
namespace {

constexpr const char* kBtfPath = "/sys/kernel/btf/vmlinux";

struct Need {
    cap_value_t capability;
    const char* name;
    const char* purpose;
};

// CAP_SYS_ADMIN stands for both (kernel/capability.c, bpf_capable() and perfmon_capable()).
constexpr std::array kNeeds{
    Need{CAP_BPF, "CAP_BPF", "to load BPF programs"},
    Need{CAP_PERFMON, "CAP_PERFMON", "to attach them to kernel tracepoints and read kernel memory"},
};

} // namespace

Result<void> check_privilege() {
    const OwnedCaps caps(cap_get_proc());
    if (!caps) return fail(ExitCode::kPrivilege, "cannot read this process's capabilities", std::strerror(errno));
    if (is_set(caps, CAP_SYS_ADMIN, CAP_EFFECTIVE)) return {};
    for (const Need& need : kNeeds) {
        if (is_set(caps, need.capability, CAP_EFFECTIVE)) continue;
        return fail(ExitCode::kPrivilege, fmt::format("missing capability {}", need.name),
                    fmt::format("it is needed {}, and this process (uid {}) does not have it", need.purpose, geteuid()),
                    "run it as root (sudo tcpblame …), or grant it CAP_BPF and CAP_PERFMON");
    }
    return {};
}

Result<void> check_btf() {
    if (access(kBtfPath, R_OK) == 0) return {};
    return fail(ExitCode::kKernelCannot, "this kernel has no BTF",
                fmt::format("{}: {}; the BPF programs find the kernel's fields by it", kBtfPath, std::strerror(errno)),
                "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (in a container, make /sys of the host visible)");
}

} // namespace tcpblame::capture
