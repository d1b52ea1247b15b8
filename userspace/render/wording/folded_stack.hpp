/// A stack as it is read: without the frames that every stack has, and an interpreter's own ones as one.
#pragma once

#include "model/verdict.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace tcpblame::render {

struct ShownFrame {
    const model::StackFrame* frame = nullptr; ///< nullptr: several, of what `interpreter` says
    std::string_view interpreter{};           ///< "[cpython]"
};

/// Not the C library's wrapper of the system call, nor what is below main() or a thread's first function.
[[nodiscard]] std::vector<ShownFrame> folded(std::span<const model::StackFrame> frames);

/// The interpreter that leaves the program's own functions without names, and can be asked to name them; empty: none.
[[nodiscard]] std::string_view reticent_interpreter(std::span<const model::StackFrame> frames);

} // namespace tcpblame::render
