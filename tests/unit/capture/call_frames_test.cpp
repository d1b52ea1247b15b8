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

#if defined(__x86_64__)
TEST_F(CallFramesTest, TheReturnAddressIsOnTopWhereAFunctionBegins) {
    EXPECT_EQ(CallFrames(elf_.get()).return_slot(address_of_write()), 0U);
}
#endif

TEST_F(CallFramesTest, NothingIsSaidOfAnAddressWithoutCode) {
    EXPECT_EQ(CallFrames(elf_.get()).return_slot(0), std::nullopt);
    EXPECT_EQ(CallFrames(elf_.get()).return_slot(UINT64_MAX), std::nullopt);
}

TEST_F(CallFramesTest, NothingIsSaidWithoutAFile) {
    EXPECT_EQ(CallFrames(nullptr).return_slot(address_of_write()), std::nullopt);
}

} // namespace
} // namespace tcpblame::capture
