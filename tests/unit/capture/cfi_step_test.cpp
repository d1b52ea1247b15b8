#include "capture/cfi_step.hpp"

#include "base/unique_fd.hpp"
#include "capture/call_frames.hpp"
#include "capture/owned_elf.hpp"
#include "capture/programs.hpp"
#include "capture/stack_unwinder.hpp"

#include <array>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <optional>

namespace tcpblame::capture {
namespace {

constexpr std::uint64_t kText = 0x4000;

/// A library whose code is 64 bytes at kText with this call frame information. The assembler takes registers by number,
/// so that it may be of another machine than this.
class Described {
public:
    Described(const std::string& directives, const UnwindTarget& target) {
        write_file(folder_ / "code.s",
                   ".globl code\ncode:\n.cfi_startproc simple\n" + directives + "\n.fill 64, 1, 0x90\n.cfi_endproc\n");
        run_command("cc -shared -nostdlib -Wl,-Ttext=0x4000 " + (folder_ / "code.s") + " -o " + (folder_ / "code.so"));
        std::string bytes = read_file(folder_ / "code.so");
        bytes[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(target.machine);
        write_file(folder_ / "code.so", bytes);
        elf_version(EV_CURRENT);
        fd_ = UniqueFd(open((folder_ / "code.so").c_str(), O_RDONLY | O_CLOEXEC));
        elf_.reset(elf_begin(fd_.get(), ELF_C_READ_MMAP, nullptr));
        frames_.emplace(elf_.get());
    }
    Dwarf_CFI* cfi() const { return frames_->cfi(); }

private:
    TemporaryFolder folder_;
    UniqueFd fd_;
    OwnedElf elf_;
    std::optional<CallFrames> frames_;
};

/// Eight words from 0x1000 on.
struct Thread {
    std::array<std::uint64_t, 8> words{0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17};
    UnwindRegisters registers;

    explicit Thread(const UnwindTarget& target) {
        for (std::size_t number = 0; number < target.registers; ++number) registers.values[number] = 0x100 + number;
        registers.values[target.stack_pointer] = 0x1000;
    }
    CfiStep step(const Described& code, const UnwindTarget& target, bool is_return_address = true) {
        return step_by_cfi(code.cfi(), target, kText + 16, is_return_address,
                           StackMemory(0x1000, std::as_bytes(std::span(words))), registers);
    }
};

TEST(StackMemory, HasNothingOfAPieceThatWasNotInMemory) {
    std::array<std::uint64_t, 768> words{};
    words.fill(7);
    // From the middle of a piece on; the next is not there.
    const StackMemory memory(0x10400, std::as_bytes(std::span(words)), 2);
    EXPECT_EQ(memory.read(0x10400), 7U);
    EXPECT_EQ(memory.read(0x107f8), 7U);
    EXPECT_FALSE(memory.read(0x107fc)) << "half of it";
    EXPECT_FALSE(memory.read(0x10800));
    EXPECT_FALSE(memory.read(0x10ff8));
    EXPECT_EQ(memory.read(0x11000), 7U);
    EXPECT_FALSE(memory.read(0x11c00)) << "beyond its end";
}

TEST(CfiStep, FollowsAFrameOfX86) {
    const Described code(".cfi_return_column 16\n.cfi_def_cfa 7, 32\n.cfi_offset 16, -8\n.cfi_offset 3, -16",
                         kX86Target);
    Thread thread(kX86Target);
    EXPECT_EQ(thread.step(code, kX86Target).result, StepResult::kCaller);
    EXPECT_EQ(thread.registers.pc, 0x13U);
    EXPECT_EQ(thread.registers.at(7), 0x1020U);
    EXPECT_EQ(thread.registers.at(3), 0x12U) << "rbx, which it had saved";
    EXPECT_EQ(thread.registers.at(12), 0x10cU) << "r12, which it had not touched";
    EXPECT_EQ(thread.registers.at(0), std::nullopt) << "rax, which any call may change";
}

TEST(CfiStep, FollowsALeafOfArm64ByTheLinkRegister) {
    const Described code(".cfi_return_column 30\n.cfi_def_cfa 31, 0", kArm64Target);
    Thread thread(kArm64Target);
    EXPECT_EQ(thread.step(code, kArm64Target, false).result, StepResult::kCaller);
    EXPECT_EQ(thread.registers.pc, 0x100U + 30);
    EXPECT_EQ(thread.registers.at(31), 0x1000U);
    EXPECT_EQ(thread.step(code, kArm64Target).result, StepResult::kLost) << "it would lead back to itself for ever";
}

TEST(CfiStep, FollowsAFrameRecordOfArm64) {
    const Described code(".cfi_return_column 30\n.cfi_def_cfa 31, 48\n.cfi_offset 29, -48\n.cfi_offset 30, -40",
                         kArm64Target);
    Thread thread(kArm64Target);
    EXPECT_EQ(thread.step(code, kArm64Target).result, StepResult::kCaller);
    EXPECT_EQ(thread.registers.pc, 0x11U);
    EXPECT_EQ(thread.registers.at(29), 0x10U);
    EXPECT_EQ(thread.registers.at(31), 0x1030U);
    EXPECT_EQ(thread.registers.at(19), 0x100U + 19);
}

TEST(CfiStep, KnowsWhereAThreadBegins) {
    Thread thread(kArm64Target);
    EXPECT_EQ(
        thread
            .step(Described(".cfi_return_column 30\n.cfi_def_cfa 31, 0\n.cfi_undefined 30", kArm64Target), kArm64Target)
            .result,
        StepResult::kOutermost);
    Thread other(kX86Target);
    EXPECT_EQ(other.step(Described(".cfi_return_column 16\n.cfi_undefined 16", kX86Target), kX86Target).result,
              StepResult::kOutermost);
}

/// DW_CFA_def_cfa_expression { DW_OP_breg7 +40, DW_OP_deref } and DW_CFA_expression rip { DW_OP_breg7 +8 }, as the C
/// library writes it for what a signal's handler returns to.
TEST(CfiStep, FollowsWhatASignalInterruptedToAnotherStack) {
    const Described code(".cfi_signal_frame\n.cfi_return_column 16\n.cfi_escape 0x0f, 3, 0x77, 40, 0x06\n"
                         ".cfi_escape 0x10, 16, 2, 0x77, 8\n.cfi_escape 0x10, 7, 2, 0x77, 40",
                         kX86Target);
    Thread thread(kX86Target);
    thread.words[5] = 0x800; // below this one
    const CfiStep step = thread.step(code, kX86Target);
    EXPECT_EQ(step.result, StepResult::kCaller);
    EXPECT_TRUE(step.is_signal_frame);
    EXPECT_EQ(thread.registers.pc, 0x11U);
    EXPECT_EQ(thread.registers.at(7), 0x800U);
}

TEST(CfiStep, GoesUpOnly) {
    for (const char* distance : {"0", "-8", "4", "12"}) {
        const Described code(std::string(".cfi_return_column 16\n.cfi_def_cfa 7, ") + distance +
                                 "\n.cfi_escape 0x10, 16, 2, 0x77, 8",
                             kX86Target);
        Thread thread(kX86Target);
        EXPECT_EQ(thread.step(code, kX86Target).result, StepResult::kLost) << distance;
    }
}

TEST(CfiStep, IsLostBehindTheEndOfTheCopy) {
    Thread thread(kX86Target);
    EXPECT_EQ(
        thread.step(Described(".cfi_return_column 16\n.cfi_def_cfa 7, 80\n.cfi_offset 16, -8", kX86Target), kX86Target)
            .result,
        StepResult::kLost);
}

TEST(CfiStep, SaysNothingOfCodeThatIsNotDescribed) {
    const Described code(".cfi_return_column 16\n.cfi_def_cfa 7, 8\n.cfi_offset 16, -8", kX86Target);
    Thread thread(kX86Target);
    const StackMemory memory(0x1000, std::as_bytes(std::span(thread.words)));
    EXPECT_EQ(step_by_cfi(code.cfi(), kX86Target, kText + 64, false, memory, thread.registers).result,
              StepResult::kUnknown);
    EXPECT_EQ(step_by_cfi(nullptr, kX86Target, kText, false, memory, thread.registers).result, StepResult::kUnknown);
}

TEST(FramePointerStep, FollowsARecordAboveTheStackPointer) {
    Thread thread(kX86Target);
    const StackMemory memory(0x1000, std::as_bytes(std::span(thread.words)));
    thread.words[2] = 0x1010;
    thread.registers.values[6] = 0x1010;
    EXPECT_EQ(step_by_frame_pointer(kX86Target, memory, thread.registers), StepResult::kCaller);
    EXPECT_EQ(thread.registers.pc, 0x13U);
    EXPECT_EQ(thread.registers.at(7), 0x1020U);
    EXPECT_EQ(thread.registers.at(3), std::nullopt);
    EXPECT_EQ(step_by_frame_pointer(kX86Target, memory, thread.registers), StepResult::kLost)
        << "it points back to itself";
    for (const std::uint64_t record :
         {std::uint64_t{0}, std::uint64_t{0xff8}, std::uint64_t{0x1004}, std::uint64_t{0x1038}, UINT64_MAX - 7}) {
        Thread other(kX86Target);
        other.registers.values[6] = record;
        EXPECT_EQ(step_by_frame_pointer(kX86Target, memory, other.registers), StepResult::kLost) << record;
    }
}

TEST(EndsWithCall, KnowsTheCallsOfBothArchitectures) {
    using namespace std::string_view_literals;
    for (const auto call :
         {"\xe8\x01\x02\x03\x04"sv, "\xff\xd0"sv, "\x41\xff\xd4"sv, "\xff\x50\x08"sv, "\xff\x15\x01\x02\x03\x04"sv,
          "\xff\x14\xc5\x01\x02\x03\x04"sv, "\xff\x54\x24\x08"sv, "\xff\x90\x01\x02\x03\x04"sv})
        EXPECT_TRUE(ends_with_call(kX86Target, call));
    for (const auto other : {"\x90"sv, ""sv, "\x0f\x05"sv, "\xff\xe0"sv, "\x90\x90\x90\x90\x90\xc3"sv})
        EXPECT_FALSE(ends_with_call(kX86Target, other));
    for (const auto call : {"\x00\x00\x00\x94"sv, "\xff\xff\xff\x97"sv, "\x20\x00\x3f\xd6"sv, "\x1f\x09\x3f\xd6"sv})
        EXPECT_TRUE(ends_with_call(kArm64Target, call));
    for (const auto other : {"\x1f\x20\x03\xd5"sv, "\xc0\x03\x5f\xd6"sv, "\x00\x00\x00\x14"sv, "\x94"sv})
        EXPECT_FALSE(ends_with_call(kArm64Target, other));
}

} // namespace
} // namespace tcpblame::capture
