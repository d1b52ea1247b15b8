/// What this process and this kernel are able to do, asked before anything is loaded: so that the
/// error names the one thing that is missing.
#pragma once

#include "base/result.hpp"

#include <string>
#include <sys/capability.h>
#include <vector>

namespace tcpblame::capture {

struct Capability {
    cap_value_t value;
    const char* name;  ///< "CAP_BPF"
    const char* gives; ///< what is not there without it
};

/// Without these nothing can be attached.
const std::vector<Capability>& attach_capabilities();
/// Without these verdicts say less: they are for what /proc reports other users' processes.
const std::vector<Capability>& look_up_capabilities();

/// Of both, those that this process does not have. CAP_SYS_ADMIN stands for the former (kernel/capability.c).
Result<std::vector<Capability>> missing_capabilities();

/// Fails with kPrivilege and the name of the first capability that is missing.
Result<void> check_privilege();

/// Where the kernel's BTF is.
inline constexpr const char* kBtfPath = "/sys/kernel/btf/vmlinux";

/// Fails with kKernelCannot where the kernel brings no BTF (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF).
Result<void> check_btf();

} // namespace tcpblame::capture
