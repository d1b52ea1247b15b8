/// What this process and this kernel are able to do, asked before anything is loaded: so that the
/// error names the one thing that is missing.
#pragma once

#include "base/result.hpp"

namespace tcpblame::capture {

/// Fails with kPrivilege and the name of the first capability that is missing.
Result<void> check_privilege();

/// Fails with kKernelCannot where the kernel brings no BTF (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF).
Result<void> check_btf();

} // namespace tcpblame::capture
