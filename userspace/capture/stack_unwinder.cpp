#include "capture/stack_unwinder.hpp"

#include <algorithm>
#include <cstring>

namespace tcpblame::capture {
namespace {

std::uint8_t byte_at(std::string_view code, std::size_t from_end) {
    return from_end <= code.size() ? static_cast<std::uint8_t>(code[code.size() - from_end]) : 0;
}

/// Intel SDM, vol. 2: CALL is E8 with a distance of 4 bytes, or FF /2 with a ModRM byte, where need be a SIB byte, and
/// a displacement of 0, 1 or 4 bytes.
bool ends_with_x86_call(std::string_view code) {
    if (code.size() >= 5 && byte_at(code, 5) == 0xe8) return true;
    const auto is_indirect = [code](std::size_t length) {
        if (code.size() < length || byte_at(code, length) != 0xff) return false;
        const std::uint8_t modrm = byte_at(code, length - 1);
        if ((modrm >> 3 & 7) != 2) return false;
        const unsigned mode = modrm >> 6;
        const unsigned base = modrm & 7;
        if (mode == 3) return length == 2;
        std::size_t whole = base == 4 ? 3 : 2;
        if (mode == 1) whole += 1;
        const bool has_no_base = mode == 0 && (base == 5 || (base == 4 && (byte_at(code, length - 2) & 7) == 5));
        if (mode == 2 || has_no_base) whole += 4;
        return length == whole;
    };
    return is_indirect(2) || is_indirect(3) || is_indirect(4) || is_indirect(6) || is_indirect(7);
}

/// Arm ARM, C6.2: BL, and BLR with its kin that check a signature.
bool ends_with_arm64_call(std::string_view code) {
    std::uint32_t instruction = 0;
    if (code.size() < sizeof(instruction)) return false;
    std::memcpy(&instruction, code.data() + code.size() - sizeof(instruction), sizeof(instruction));
    return (instruction & 0xfc000000) == 0x94000000 || (instruction & 0xfffffc1f) == 0xd63f0000 ||
           (instruction & 0xfefff800) == 0xd63f0800;
}

} // namespace

bool ends_with_call(const UnwindTarget& target, std::string_view code) {
    return target.machine == EM_AARCH64 ? ends_with_arm64_call(code) : ends_with_x86_call(code);
}

void StackUnwinder::begin(const UnwindRegisters& registers, std::span<const std::byte> stack, std::uint32_t absent) {
    forget();
    stack_.assign(stack.begin(), stack.end());
    registers_ = registers;
    memory_ = StackMemory(registers.at(target_.stack_pointer).value_or(0), stack_, absent);
}

void StackUnwinder::forget() {
    if (!stack_.empty()) explicit_bzero(stack_.data(), stack_.size());
    stack_.clear();
    registers_ = {};
    memory_ = {};
}

UnwindStep StackUnwinder::step(const FramePlace& place) {
    if (stack_.empty()) return {};
    const CfiStep by_cfi = step_by_cfi(place.cfi, target_, place.address, place.is_return_address, memory_, registers_);
    // What a signal's handler returns to was never called, nor is what a thread begins with.
    const bool was_called = place.is_return_address && !by_cfi.is_signal_frame && !place.code.empty();
    if (was_called && by_cfi.result != StepResult::kOutermost && !ends_with_call(target_, place.code)) return {};
    UnwindStep step{.kind = UnwindStep::kLost};
    StepResult result = by_cfi.result;
    if (result == StepResult::kOutermost) step.kind = UnwindStep::kOutermost;
    if (result == StepResult::kUnknown) result = step_by_frame_pointer(target_, memory_, registers_);
    if (result == StepResult::kCaller)
        step = {.kind = UnwindStep::kCaller, .is_return_address = !by_cfi.is_signal_frame, .pc = registers_.pc};
    return step;
}

} // namespace tcpblame::capture
