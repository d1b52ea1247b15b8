#include "capture/call_frames.hpp"

#include "base/unique_fd.hpp"
#include "capture/owned_elf.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tcpblame::capture {
namespace {

/// The C library, of which this program knows where a function begins.
class CallFramesTest : public testing::Test {
protected:
    CallFramesTest() {
        EXPECT_NE(dladdr(reinterpret_cast<void*>(write), &write_is_in_), 0);
        elf_version(EV_CURRENT);
        fd_ = UniqueFd(open(write_is_in_.dli_fname, O_RDONLY | O_CLOEXEC));
        elf_.reset(elf_begin(fd_.get(), ELF_C_READ_MMAP, nullptr));
    }
    std::uint64_t address_of_write() const {
        return reinterpret_cast<std::uint64_t>(write) - reinterpret_cast<std::uint64_t>(write_is_in_.dli_fbase);
    }

    Dl_info write_is_in_{};
    UniqueFd fd_;
    OwnedElf elf_;
};

TEST_F(CallFramesTest, TheReturnAddressIsWhereTheCallPutsItWhereAFunctionBegins) {
#if defined(__aarch64__)
    const ReturnPlace place{.in_link_register = true};
#else
    const ReturnPlace place{.above_stack_pointer = 0};
#endif
    EXPECT_EQ(CallFrames(elf_.get()).return_place(address_of_write()), place);
}

#if defined(__aarch64__)
TEST_F(CallFramesTest, TheReturnAddressIsOnTheStackOnceAFunctionHasSavedIt) {
    // write() makes room for its frame by its first instruction, and the frame record is the lowest of it.
    EXPECT_EQ(CallFrames(elf_.get()).return_place(address_of_write() + 4), ReturnPlace{.above_stack_pointer = 8});
}

TEST(CodeAddress, LeavesOutTheSignature) {
    const auto address = reinterpret_cast<std::uint64_t>(&write);
    EXPECT_EQ(code_address(address), address);
    // PACIA1716: the processor signs it itself, or leaves it as it is where it does not sign.
    register std::uint64_t signed_address asm("x17") = address;
    register std::uint64_t modifier asm("x16") = 1;
    asm("hint #8" : "+r"(signed_address) : "r"(modifier));
    EXPECT_EQ(code_address(signed_address), address);
}
#endif

TEST_F(CallFramesTest, NothingIsSaidOfAnAddressWithoutCode) {
    EXPECT_EQ(CallFrames(elf_.get()).return_place(0), std::nullopt);
    EXPECT_EQ(CallFrames(elf_.get()).return_place(UINT64_MAX), std::nullopt);
}

TEST_F(CallFramesTest, NothingIsSaidWithoutAFile) {
    EXPECT_EQ(CallFrames(nullptr).return_place(address_of_write()), std::nullopt);
}

} // namespace
} // namespace tcpblame::capture
