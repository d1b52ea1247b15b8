/// Goes up a copied stack, frame by frame. In the NameReader's process alone: neither the stack nor the files are to be
/// trusted.
#pragma once

#include "capture/cfi_step.hpp"
#include "capture/stack_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tcpblame::capture {

/// A frame of it, by what its file says.
struct FramePlace {
    Dwarf_CFI* cfi = nullptr;  ///< nullptr: it has none, or there is no file
    std::string_view code{};   ///< the file's bytes up to the frame's pc; empty where there is no file
    std::uint64_t address = 0; ///< of the pc, in the file's own terms
    bool is_return_address = false;
};

struct UnwindStep {
    enum Kind : std::uint8_t {
        kCaller,    ///< it is a frame, and who called it is at `pc`
        kOutermost, ///< it is a frame, of which nobody is the caller
        kLost,      ///< it is a frame; its caller is not known
        kNoFrame,   ///< it is none: no call comes before it
    } kind = kNoFrame;
    bool is_return_address = false; ///< `pc` is
    std::uint64_t pc = 0;
};

class StackUnwinder {
public:
    explicit StackUnwinder(const UnwindTarget& target = kOurTarget) : target_(target) {}
    StackUnwinder(const StackUnwinder&) = delete;
    StackUnwinder& operator=(const StackUnwinder&) = delete;
    ~StackUnwinder() { forget(); }

    /// `absent`: as StackMemory's.
    void begin(const UnwindRegisters& registers, std::span<const std::byte> stack, std::uint32_t absent = 0);
    /// Of the frame that the step before led to, or the innermost.
    UnwindStep step(const FramePlace& place);
    /// Nothing of the stack is left.
    void forget();

private:
    const UnwindTarget& target_;
    std::vector<std::byte> stack_;
    UnwindRegisters registers_;
    StackMemory memory_;
};

/// Whether the last instruction of `code` is a call.
[[nodiscard]] bool ends_with_call(const UnwindTarget& target, std::string_view code);

} // namespace tcpblame::capture
