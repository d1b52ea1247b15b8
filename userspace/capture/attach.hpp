/// Which program plays which role on this kernel: tried, never concluded from a version.
#pragma once

#include "base/result.hpp"
#include "capture/hooks.hpp"
#include "capture/skeleton.hpp"

#include <bpf/btf.h>
#include <functional>
#include <string>
#include <vector>

namespace tcpblame::capture {

/// A role and who plays it.
struct Attachment {
    struct Refusal {
        const Candidate* candidate;
        std::string why;
    };

    const Hook* role = nullptr;
    const Candidate* chosen = nullptr; ///< nullptr: nobody
    std::vector<Refusal> refused;      ///< the better ones
    std::uint64_t skipped_before = 0;  ///< runs of its programs, before all of them were attached: skipped_runs.hpp
};

/// The candidate that is to be taken, whatever else there is.
struct ForcedHook {
    std::string role;
    std::string kind;
};

struct AttachPlan {
    std::vector<const Hook*> hooks; ///< the ones that are needed
    std::vector<ForcedHook> forced; ///< for tests
    bool reset_has_reason = false;  ///< KernelNames
    bool reset_has_packet = false;  ///< KernelNames
};

struct Attached {
    Skeleton skeleton; ///< loaded and attached
    std::vector<Attachment> attachments;
};

/// Loads what loads, attaches the best of each role. `open` gives a skeleton that is configured and not loaded yet; it
/// is asked again where the kernel refuses a program. `types` is the kernel's BTF.
/// Fails with kPrivilege or kKernelCannot where nobody can play a required role.
Result<Attached> attach_hooks(const std::function<Result<Skeleton>()>& open, const AttachPlan& plan, const btf* types);

/// To be called before libbpf is used: keeps what it says about a refusal.
void keep_libbpf_quiet();

} // namespace tcpblame::capture
