#include "capture/dwarf_expression.hpp"

#include <array>
#include <dwarf.h>
#include <gtest/gtest.h>
#include <vector>

namespace tcpblame::capture {
namespace {

Dwarf_Op op(unsigned atom, std::uint64_t number = 0, std::uint64_t number2 = 0) {
    return {static_cast<std::uint8_t>(atom), number, number2, 0};
}

/// A stack of three words from 0x1000 on, which the stack pointer of x86-64 points to.
class DwarfExpressionTest : public testing::Test {
protected:
    DwarfExpressionTest() {
        registers_.values[7] = 0x1000;
        registers_.values[16] = 0x400020;
    }
    std::optional<std::uint64_t> number(const std::vector<Dwarf_Op>& ops) const { return evaluate(ops, context_); }
    std::optional<std::uint64_t> value(const std::vector<Dwarf_Op>& ops) const { return value_by_rule(ops, context_); }

    std::array<std::uint64_t, 3> words_{11, 22, 33};
    StackMemory memory_{0x1000, std::as_bytes(std::span(words_))};
    UnwindRegisters registers_;
    ExpressionContext context_{registers_, memory_, 0x1018};
};

TEST_F(DwarfExpressionTest, IsWhatARegisterAndADistanceMake) {
    EXPECT_EQ(number({op(DW_OP_bregx, 7, 24)}), 0x1018U);
    EXPECT_EQ(number({op(DW_OP_breg7, 24)}), 0x1018U);
    EXPECT_EQ(number({op(DW_OP_breg6, 24)}), std::nullopt) << "nothing is known of that register";
    EXPECT_EQ(number({op(DW_OP_bregx, 1000, 24)}), std::nullopt);
}

/// As the linker writes it for each entry of a PLT: the return address is one word higher behind the entry's push.
TEST_F(DwarfExpressionTest, IsWhatAPltSaysOfItself) {
    const std::vector<Dwarf_Op> ops{op(DW_OP_breg7, 8), op(DW_OP_breg16, 0), op(DW_OP_lit15),
                                    op(DW_OP_and),      op(DW_OP_lit11),     op(DW_OP_ge),
                                    op(DW_OP_lit3),     op(DW_OP_shl),       op(DW_OP_plus)};
    EXPECT_EQ(number(ops), 0x1008U);
    registers_.values[16] = 0x40002b;
    EXPECT_EQ(number(ops), 0x1010U);
}

TEST_F(DwarfExpressionTest, ARuleSaysWhereAValueIsOrWhatItIs) {
    EXPECT_EQ(value({op(DW_OP_call_frame_cfa), op(DW_OP_plus_uconst, 0 - std::uint64_t{8})}), 33U);
    EXPECT_EQ(value({op(DW_OP_call_frame_cfa), op(DW_OP_stack_value)}), 0x1018U);
    EXPECT_EQ(value({op(DW_OP_regx, 16)}), 0x400020U);
    EXPECT_EQ(value({op(DW_OP_reg7)}), 0x1000U);
    EXPECT_EQ(value({op(DW_OP_call_frame_cfa)}), std::nullopt) << "behind what was copied";
    EXPECT_EQ(value({}), std::nullopt);
}

TEST_F(DwarfExpressionTest, ReadsNothingButTheCopiedStack) {
    EXPECT_EQ(number({op(DW_OP_breg7, 8), op(DW_OP_deref)}), 22U);
    EXPECT_EQ(number({op(DW_OP_breg7, 16), op(DW_OP_deref_size, 1)}), 33U);
    EXPECT_EQ(number({op(DW_OP_breg7, 17), op(DW_OP_deref)}), std::nullopt);
    EXPECT_EQ(number({op(DW_OP_breg7, 0 - std::uint64_t{1}), op(DW_OP_deref)}), std::nullopt);
    EXPECT_EQ(number({op(DW_OP_addr, 0), op(DW_OP_deref)}), std::nullopt);
    EXPECT_EQ(number({op(DW_OP_breg7), op(DW_OP_deref_size, 9)}), std::nullopt);
    EXPECT_EQ(number({op(DW_OP_const8u, UINT64_MAX), op(DW_OP_deref)}), std::nullopt);
}

TEST_F(DwarfExpressionTest, WhatMakesNoSenseHasNoValue) {
    EXPECT_EQ(number({op(DW_OP_plus)}), std::nullopt);
    EXPECT_EQ(number({op(DW_OP_lit1), op(DW_OP_lit0), op(DW_OP_div)}), std::nullopt);
    EXPECT_EQ(number({op(DW_OP_const8s, 1ULL << 63), op(DW_OP_const1s, UINT64_MAX), op(DW_OP_div)}), std::nullopt);
    EXPECT_EQ(number({op(DW_OP_lit1), op(DW_OP_lit0), op(DW_OP_mod)}), std::nullopt);
    EXPECT_EQ(number({op(DW_OP_lit1), op(DW_OP_skip, 0)}), std::nullopt) << "no branches";
    EXPECT_EQ(number({op(DW_OP_lit1), op(DW_OP_pick, 7)}), std::nullopt);
    EXPECT_EQ(number(std::vector<Dwarf_Op>(33, op(DW_OP_lit1))), std::nullopt) << "too deep";
    EXPECT_EQ(number(std::vector<Dwarf_Op>(257, op(DW_OP_nop))), std::nullopt) << "too long";
    EXPECT_EQ(number({op(DW_OP_lit1), op(DW_OP_const1u, 64), op(DW_OP_shl)}), 0U);
}

} // namespace
} // namespace tcpblame::capture
