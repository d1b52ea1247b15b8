/// From what a person asked for to the constants that the BPF programs are loaded with.
#pragma once

#include "base/result.hpp"
#include "bpf/config.h"
#include "capture/kernel_names.hpp"
#include "model/selection.hpp"

#include <cstddef>

namespace tcpblame::capture {

struct Wishes {
    bool all = false;        ///< every connection's end, with all its states
    bool unanswered = false; ///< those whose peer closed without an answer, too
    bool samples = false;    ///< of the connections that end in good order some are wanted, to compare clocks by
    bool stacks = true;      ///< the calls of whoever writes, closes or dies
    std::size_t ring_bytes = 0;
    std::uint32_t sk_slots = 1;  ///< places for what is noted of sockets, a power of two
    std::uint32_t kept_sets = 1; ///< sets of kept ends, a power of two
};

/// Fails with kUsage where a list has more entries than the programs take.
Result<void> check_lists(const model::Selection& selection);

/// The lists must have been checked. Fails with kFailure where a cgroup does not exist.
Result<config> make_config(const model::Selection& selection, const KernelNames& names, const Wishes& plan);

} // namespace tcpblame::capture
