/// A stack that the kernel's programs have copied: a process's data, which is to go nowhere but to the unwinder.
#pragma once

#include "capture/stack_memory.hpp"
#include "wire/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tcpblame::capture {

struct StackCopy {
    std::uint32_t pid = 0; ///< in the tracer's pid namespace
    UnwindRegisters registers;
    std::span<const std::byte> stack;  ///< from the stack pointer up
    std::vector<std::uint64_t> walked; ///< what the kernel has found along frame pointers, innermost first
    std::uint32_t absent = 0;          ///< as StackMemory's
};

/// Those that came and whose event is still to come. Their bytes are overwritten when they go.
class StackCopies {
public:
    StackCopies() = default;
    StackCopies(const StackCopies&) = delete;
    StackCopies& operator=(const StackCopies&) = delete;
    ~StackCopies() { clear(); }

    /// A wire_user_stack, as it came.
    void keep(wire::Frame frame);
    /// The one that was made for this event; taken out. Valid until the next call.
    [[nodiscard]] std::optional<StackCopy> take_for(wire::Frame event);
    void clear();
    [[nodiscard]] std::size_t size() const { return kept_.size(); }

private:
    void forget(std::size_t at);

    std::vector<wire::FrameBytes> kept_; // oldest first
    wire::FrameBytes taken_;
};

} // namespace tcpblame::capture
