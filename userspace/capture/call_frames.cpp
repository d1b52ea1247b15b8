#include "capture/call_frames.hpp"

#include <cstddef>
#include <cstdlib>
#include <dwarf.h>

namespace tcpblame::capture {
namespace {

#if defined(__x86_64__)
constexpr Dwarf_Word kStackPointer = 7; // System V ABI, AMD64: DWARF register numbers
constexpr std::uint64_t kBelowFrame = 8;
#endif

struct Free {
    void operator()(Dwarf_Frame* frame) const { std::free(frame); }
};

} // namespace

std::optional<std::uint64_t> CallFrames::return_slot([[maybe_unused]] std::uint64_t address) {
#if defined(__x86_64__)
    Dwarf_Frame* found = nullptr;
    if (!cfi_ || dwarf_cfi_addrframe(cfi_.get(), address, &found) != 0) return std::nullopt;
    const std::unique_ptr<Dwarf_Frame, Free> frame(found);
    // The frame begins (DWARF 5, 6.4: CFA) above the return address that the call has pushed.
    Dwarf_Op* ops = nullptr;
    std::size_t count = 0;
    if (dwarf_frame_cfa(frame.get(), &ops, &count) != 0 || count != 1) return std::nullopt;
    const bool is_above_stack_pointer = ops[0].atom == DW_OP_bregx && ops[0].number == kStackPointer;
    if (!is_above_stack_pointer || ops[0].number2 < kBelowFrame) return std::nullopt;
    return ops[0].number2 - kBelowFrame;
#else
    return std::nullopt; // the link register has it, and is not taken yet
#endif
}

} // namespace tcpblame::capture
