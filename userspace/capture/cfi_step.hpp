/// From a frame to its caller's, by call frame information or along a frame pointer.
///
/// Of damaged files as SourceLines: for the NameReader's process.
#pragma once

#include "capture/stack_memory.hpp"

#include <cstdint>
#include <elfutils/libdw.h>
#include <optional>

namespace tcpblame::capture {

enum class StepResult : std::uint8_t {
    kCaller,    ///< the registers are its caller's now
    kOutermost, ///< the file says that nothing has called it
    kUnknown,   ///< nothing is said of this code
    kLost,      ///< its caller was not to be had
};

struct CfiStep {
    StepResult result = StepResult::kUnknown;
    bool is_signal_frame = false; ///< the caller was interrupted: its pc is where it goes on, no return address
};

/// `address` is what `registers.pc` is in the file's own terms; `is_return_address` says that it belongs to the call
/// before it, else it is where a thread was stopped. On kLost the registers are of no use any more.
CfiStep step_by_cfi(Dwarf_CFI* cfi, const UnwindTarget& target, std::uint64_t address, bool is_return_address,
                    const StackMemory& memory, UnwindRegisters& registers);

/// kCaller or kLost.
StepResult step_by_frame_pointer(const UnwindTarget& target, const StackMemory& memory, UnwindRegisters& registers);

} // namespace tcpblame::capture
