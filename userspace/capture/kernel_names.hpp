/// What the running kernel calls things, from its BTF: numbers that move from release to release.
#pragma once

#include "base/result.hpp"
#include "capture/owned_btf.hpp"

#include <array>
#include <cstdint>

namespace tcpblame::capture {

struct KernelNames {
    bool reset_has_reason = false;   ///< the tracepoint tcp_send_reset passes a reason (6.10)
    bool reset_has_packet = false;   ///< tcp_reset() gets the packet, too (5.11)
    bool oom_victim_is_task = false; ///< the tracepoint mark_victim passes a task (6.9), not its number
    /// enum sk_rst_reason of this kernel, by its number, as enum wire_reset_reason.
    std::array<std::uint8_t, 64> reset_reasons{};
    /// Programs may keep what they know with a socket itself, and know it by its cookie (bpf/kernel_compat.bpf.h).
    bool has_socket_storage = false;
    /// The verifier joins states that differ in what nobody looks at again (bpf/forget.bpf.h).
    bool joins_states = false;
};

/// The kernel's own BTF. It has megabytes and comes in pages: to be read once.
Result<OwnedBtf> read_kernel_types();

KernelNames read_kernel_names(const btf* types);

} // namespace tcpblame::capture
