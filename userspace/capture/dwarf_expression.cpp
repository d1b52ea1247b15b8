#include "capture/dwarf_expression.hpp"

#include <array>
#include <cstddef>
#include <dwarf.h>
#include <utility>

namespace tcpblame::capture {
namespace {

constexpr std::size_t kMostOperations = 256;
constexpr std::size_t kBits = 64;

using Value = std::optional<std::uint64_t>;

/// Bounded; what is taken from nothing makes it all invalid.
class Stack {
public:
    void push(Value value) {
        if (!value || size_ == values_.size())
            is_valid_ = false;
        else
            values_[size_++] = *value;
    }
    std::uint64_t pop() {
        if (size_ == 0) {
            is_valid_ = false;
            return 0;
        }
        return values_[--size_];
    }
    /// From the top, which is 0.
    void pick(std::uint64_t depth) { push(depth < size_ ? Value(values_[size_ - 1 - depth]) : std::nullopt); }
    void swap() {
        if (size_ < 2)
            is_valid_ = false;
        else
            std::swap(values_[size_ - 1], values_[size_ - 2]);
    }
    [[nodiscard]] bool is_valid() const { return is_valid_; }
    [[nodiscard]] Value top() const { return is_valid_ && size_ > 0 ? Value(values_[size_ - 1]) : std::nullopt; }

private:
    std::array<std::uint64_t, 32> values_{};
    std::size_t size_ = 0;
    bool is_valid_ = true;
};

bool is_within(std::uint8_t atom, std::uint8_t first, std::uint8_t last) { return atom >= first && atom <= last; }

Value divide(std::int64_t one, std::int64_t other) {
    if (other == 0 || (one == INT64_MIN && other == -1)) return std::nullopt;
    return static_cast<std::uint64_t>(one / other);
}

Value shift(std::uint8_t atom, std::uint64_t value, std::uint64_t by) {
    if (by >= kBits) return atom == DW_OP_shra && static_cast<std::int64_t>(value) < 0 ? UINT64_MAX : 0;
    if (atom == DW_OP_shl) return value << by;
    if (atom == DW_OP_shr) return value >> by;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value) >> by);
}

Value compare(std::uint8_t atom, std::uint64_t first, std::uint64_t second) {
    const auto one = static_cast<std::int64_t>(first);
    const auto other = static_cast<std::int64_t>(second);
    switch (atom) {
    case DW_OP_eq: return one == other;
    case DW_OP_ge: return one >= other;
    case DW_OP_gt: return one > other;
    case DW_OP_le: return one <= other;
    case DW_OP_lt: return one < other;
    case DW_OP_ne: return one != other;
    default: return std::nullopt;
    }
}

/// nullopt for what is none of two operands.
Value combine(std::uint8_t atom, std::uint64_t one, std::uint64_t other) {
    switch (atom) {
    case DW_OP_and: return one & other;
    case DW_OP_or: return one | other;
    case DW_OP_xor: return one ^ other;
    case DW_OP_plus: return one + other;
    case DW_OP_minus: return one - other;
    case DW_OP_mul: return one * other;
    case DW_OP_div: return divide(static_cast<std::int64_t>(one), static_cast<std::int64_t>(other));
    case DW_OP_mod: return other != 0 ? Value(one % other) : std::nullopt;
    case DW_OP_shl:
    case DW_OP_shr:
    case DW_OP_shra: return shift(atom, one, other);
    default: return compare(atom, one, other);
    }
}

/// True where it was one that pushes what the expression or the frame has.
bool push_known(const Dwarf_Op& op, const ExpressionContext& context, Stack& stack) {
    if (is_within(op.atom, DW_OP_lit0, DW_OP_lit31)) {
        stack.push(op.atom - std::uint64_t{DW_OP_lit0});
    } else if (is_within(op.atom, DW_OP_const1u, DW_OP_consts)) {
        stack.push(op.number);
    } else if (is_within(op.atom, DW_OP_breg0, DW_OP_breg31)) {
        const Value value = context.registers.at(op.atom - std::uint64_t{DW_OP_breg0});
        stack.push(value ? Value(*value + op.number) : value);
    } else if (op.atom == DW_OP_bregx) {
        const Value value = context.registers.at(op.number);
        stack.push(value ? Value(*value + op.number2) : value);
    } else if (op.atom == DW_OP_call_frame_cfa) {
        stack.push(context.frame_end);
    } else {
        return false;
    }
    return true;
}

/// True where it was one that rearranges the stack, or has one operand.
bool change_top(const Dwarf_Op& op, const ExpressionContext& context, Stack& stack) {
    switch (op.atom) {
    case DW_OP_dup: stack.pick(0); return true;
    case DW_OP_drop: stack.pop(); return true;
    case DW_OP_over: stack.pick(1); return true;
    case DW_OP_pick: stack.pick(op.number); return true;
    case DW_OP_swap: stack.swap(); return true;
    case DW_OP_plus_uconst: stack.push(stack.pop() + op.number); return true;
    case DW_OP_neg: stack.push(0 - stack.pop()); return true;
    case DW_OP_not: stack.push(~stack.pop()); return true;
    case DW_OP_deref: stack.push(context.memory.read(stack.pop())); return true;
    case DW_OP_deref_size: stack.push(context.memory.read(stack.pop(), op.number)); return true;
    case DW_OP_nop: return true;
    default: return false;
    }
}

void apply(const Dwarf_Op& op, const ExpressionContext& context, Stack& stack) {
    if (push_known(op, context, stack) || change_top(op, context, stack)) return;
    const std::uint64_t other = stack.pop();
    const std::uint64_t one = stack.pop();
    stack.push(combine(op.atom, one, other));
}

} // namespace

std::optional<std::uint64_t> evaluate(std::span<const Dwarf_Op> ops, const ExpressionContext& context) {
    if (ops.size() > kMostOperations) return std::nullopt;
    Stack stack;
    for (const Dwarf_Op& op : ops) {
        apply(op, context, stack);
        if (!stack.is_valid()) return std::nullopt;
    }
    return stack.top();
}

std::optional<std::uint64_t> value_by_rule(std::span<const Dwarf_Op> ops, const ExpressionContext& context) {
    if (ops.empty()) return std::nullopt;
    if (ops.size() == 1 && ops[0].atom == DW_OP_regx) return context.registers.at(ops[0].number);
    if (ops.size() == 1 && is_within(ops[0].atom, DW_OP_reg0, DW_OP_reg31))
        return context.registers.at(ops[0].atom - std::uint64_t{DW_OP_reg0});
    const bool is_value = ops.back().atom == DW_OP_stack_value;
    const auto result = evaluate(is_value ? ops.first(ops.size() - 1) : ops, context);
    return result && !is_value ? context.memory.read(*result) : result;
}

} // namespace tcpblame::capture
