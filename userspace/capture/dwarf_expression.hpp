/// What an expression of call frame information (DWARF 5, 2.5 and 6.4) stands for, for a thread that is no more there.
#pragma once

#include "capture/stack_memory.hpp"

#include <cstdint>
#include <elfutils/libdw.h>
#include <optional>
#include <span>

namespace tcpblame::capture {

struct ExpressionContext {
    const UnwindRegisters& registers;
    const StackMemory& memory;
    std::optional<std::uint64_t> frame_end; ///< DWARF's CFA
};

/// The number that a CFA's expression computes; nullopt where it needs what is not there, or does more than any does
/// that a compiler writes (a branch, most of all).
[[nodiscard]] std::optional<std::uint64_t> evaluate(std::span<const Dwarf_Op> ops, const ExpressionContext& context);

/// The value of a register by its rule, which says where it was saved, or what it is.
[[nodiscard]] std::optional<std::uint64_t> value_by_rule(std::span<const Dwarf_Op> ops,
                                                         const ExpressionContext& context);

} // namespace tcpblame::capture
