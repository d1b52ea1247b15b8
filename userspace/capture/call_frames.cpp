#include "capture/call_frames.hpp"

#include "capture/owned_frame.hpp"

#include <array>
#include <cstddef>
#include <dwarf.h>

namespace tcpblame::capture {
namespace {

// DWARF register numbers: System V ABI for AMD64; DWARF for the Arm 64-bit Architecture.
#if defined(__x86_64__)
constexpr Dwarf_Word kStackPointer = 7;
constexpr int kReturnAddress = 16;
constexpr bool kHasLinkRegister = false;
#elif defined(__aarch64__)
constexpr Dwarf_Word kStackPointer = 31;
constexpr int kReturnAddress = 30;
constexpr bool kHasLinkRegister = true;
#else
#error "which registers does a call use on this architecture?"
#endif

/// How far the frame's end (DWARF 5, 6.4: CFA) is above the stack pointer.
std::optional<std::uint64_t> end_of(Dwarf_Frame* frame) {
    Dwarf_Op* ops = nullptr;
    std::size_t count = 0;
    if (dwarf_frame_cfa(frame, &ops, &count) != 0 || count != 1) return std::nullopt;
    if (ops[0].atom != DW_OP_bregx || ops[0].number != kStackPointer) return std::nullopt;
    return ops[0].number2;
}

} // namespace

std::uint64_t code_address(std::uint64_t word) {
#if defined(__aarch64__)
    // XPACLRI, which is a NOP on processors that sign nothing: how many bits a signature has is up to the kernel.
    register std::uint64_t link_register asm("x30") = word;
    asm("hint #7" : "+r"(link_register));
    return link_register;
#else
    return word;
#endif
}

std::optional<ReturnPlace> CallFrames::return_place(std::uint64_t address) {
    Dwarf_Frame* found = nullptr;
    if (!cfi_ || dwarf_cfi_addrframe(cfi_.get(), address, &found) != 0) return std::nullopt;
    const OwnedFrame frame(found);
    const std::optional<std::uint64_t> end = end_of(frame.get());
    std::array<Dwarf_Op, 3> space{};
    Dwarf_Op* ops = nullptr;
    std::size_t count = 0;
    if (!end || dwarf_frame_register(frame.get(), kReturnAddress, space.data(), &ops, &count) != 0) return std::nullopt;
    // No expression at all, not even an empty one: the register still has what it had at the call.
    if (ops == nullptr && count == 0 && kHasLinkRegister) return ReturnPlace{.in_link_register = true};
    // Else it was saved somewhere below the frame's end.
    if (count != 2 || ops[0].atom != DW_OP_call_frame_cfa || ops[1].atom != DW_OP_plus_uconst) return std::nullopt;
    const std::uint64_t below_end = 0 - ops[1].number;
    if (below_end == 0 || below_end > *end) return std::nullopt;
    return ReturnPlace{.above_stack_pointer = *end - below_end};
}

} // namespace tcpblame::capture
