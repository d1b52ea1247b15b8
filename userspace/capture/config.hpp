/// From what a person asked for to the constants that the BPF programs are loaded with.
#pragma once

#include "base/result.hpp"
#include "bpf/config.h"
#include "capture/kernel_names.hpp"
#include "model/selection.hpp"

#include <cstddef>

namespace tcpblame::capture {

/// Fails with kUsage where a list has more entries than the programs take.
Result<config> make_config(const model::Selection& selection, const KernelNames& names, std::size_t ring_bytes);

} // namespace tcpblame::capture
