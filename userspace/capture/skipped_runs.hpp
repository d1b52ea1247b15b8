/// What the kernel did not let our programs see.
#pragma once

#include "capture/attach.hpp"

#include <cstdint>
#include <vector>

namespace tcpblame::capture {

/// Times that a program was skipped for running already on that CPU and no reentry program ran for it: each may have
/// been an event. Kernel source: recursion_misses, kernel/bpf/syscall.c (bpf_prog_get_info_by_fd(), 5.12; 0 before).
std::uint64_t skipped_runs(const tcpblame_bpf& skeleton, const std::vector<Attachment>& attachments);

/// Of one candidate's programs, whoever ran in their place.
std::uint64_t skipped_runs(const tcpblame_bpf& skeleton, const Candidate& candidate);

/// Whether the kernel lets this process ask for these counts.
[[nodiscard]] bool can_read_counts(const tcpblame_bpf& skeleton, const std::vector<Attachment>& attachments);

} // namespace tcpblame::capture
