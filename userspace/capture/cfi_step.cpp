#include "capture/cfi_step.hpp"

#include "capture/call_frames.hpp"
#include "capture/dwarf_expression.hpp"
#include "capture/owned_frame.hpp"

#include <array>
#include <cstddef>
#include <dwarf.h>
#include <span>

namespace tcpblame::capture {
namespace {

constexpr std::size_t kWord = 8;

struct Rule {
    enum Kind : std::uint8_t { kDamaged, kUndefined, kSame, kComputed } kind = kDamaged;
    std::optional<std::uint64_t> value; ///< kComputed: nullopt where it is not in what was copied
};

Rule rule_of(Dwarf_Frame* frame, std::size_t number, const ExpressionContext& context) {
    std::array<Dwarf_Op, 3> space{};
    Dwarf_Op* ops = nullptr;
    std::size_t count = 0;
    if (dwarf_frame_register(frame, static_cast<int>(number), space.data(), &ops, &count) != 0) return {};
    if (count == 0) return {ops == nullptr ? Rule::kSame : Rule::kUndefined, {}};
    return {Rule::kComputed, value_by_rule({ops, count}, context)};
}

std::optional<std::uint64_t> end_of(Dwarf_Frame* frame, const ExpressionContext& context) {
    Dwarf_Op* ops = nullptr;
    std::size_t count = 0;
    if (dwarf_frame_cfa(frame, &ops, &count) != 0 || ops == nullptr || count == 0) return std::nullopt;
    return evaluate({ops, count}, context);
}

/// By all of the frame's rules; nullopt where one is damaged, or there is no caller.
std::optional<UnwindRegisters> callers_registers(Dwarf_Frame* frame, const UnwindTarget& target,
                                                 std::size_t return_register, bool is_leaf,
                                                 const ExpressionContext& context) {
    UnwindRegisters callers;
    for (std::size_t number = 0; number < target.registers; ++number) {
        const Rule rule = rule_of(frame, number, context);
        if (rule.kind == Rule::kDamaged) return std::nullopt;
        // Left where it is, a return address leads back to itself, but in a leaf.
        if (number == return_register && rule.kind == Rule::kSame && !(target.calls_by_link_register && is_leaf))
            return std::nullopt;
        callers.values[number] = rule.value;
        if (rule.kind == Rule::kSame && target.preserves(number))
            callers.values[number] = context.registers.values[number];
        if (number == target.stack_pointer && rule.kind != Rule::kComputed) callers.values[number] = context.frame_end;
    }
    callers.pc = code_address(callers.at(return_register).value_or(0));
    return callers;
}

/// The stack grows down, so a caller's frame lies above; only a leaf may have none of its own, and what a signal
/// interrupted may have had another stack.
bool may_be_caller(const UnwindTarget& target, const UnwindRegisters& own, const UnwindRegisters& callers, bool is_leaf,
                   bool is_signal_frame) {
    const auto from = own.at(target.stack_pointer);
    const auto to = callers.at(target.stack_pointer);
    if (callers.pc == 0 || !from || !to || *to % kWord != 0) return false;
    return is_signal_frame || *to > *from || (target.calls_by_link_register && is_leaf && *to == *from);
}

} // namespace

CfiStep step_by_cfi(Dwarf_CFI* cfi, const UnwindTarget& target, std::uint64_t address, bool is_return_address,
                    const StackMemory& memory, UnwindRegisters& registers) {
    Dwarf_Frame* found = nullptr;
    const std::uint64_t inside = is_return_address && address > 0 ? address - 1 : address;
    if (cfi == nullptr || dwarf_cfi_addrframe(cfi, inside, &found) != 0) return {};
    const OwnedFrame frame(found);
    CfiStep step{.result = StepResult::kLost};
    const int number = dwarf_frame_info(frame.get(), nullptr, nullptr, &step.is_signal_frame);
    if (number < 0 || static_cast<std::size_t>(number) >= target.registers) return step;
    const auto return_register = static_cast<std::size_t>(number);

    ExpressionContext context{registers, memory, std::nullopt};
    if (rule_of(frame.get(), return_register, context).kind == Rule::kUndefined) {
        step.result = StepResult::kOutermost;
        return step;
    }
    context.frame_end = end_of(frame.get(), context);
    if (!context.frame_end) return step;
    const bool is_leaf = !is_return_address;
    const auto callers = callers_registers(frame.get(), target, return_register, is_leaf, context);
    if (!callers || !may_be_caller(target, registers, *callers, is_leaf, step.is_signal_frame)) return step;
    registers = *callers;
    step.result = StepResult::kCaller;
    return step;
}

StepResult step_by_frame_pointer(const UnwindTarget& target, const StackMemory& memory, UnwindRegisters& registers) {
    const auto stack = registers.at(target.stack_pointer);
    const auto record = registers.at(target.frame_pointer);
    if (!stack || !record || *record < *stack || *record % kWord != 0) return StepResult::kLost;
    const auto callers_record = memory.read(*record);
    const auto pc = memory.read(*record + kWord);
    if (!callers_record || !pc || *pc == 0) return StepResult::kLost;
    UnwindRegisters callers;
    callers.values[target.stack_pointer] = *record + 2 * kWord;
    callers.values[target.frame_pointer] = callers_record;
    callers.pc = code_address(*pc);
    registers = callers;
    return StepResult::kCaller;
}

} // namespace tcpblame::capture
