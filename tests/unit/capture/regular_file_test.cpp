#include "capture/regular_file.hpp"

#include "capture/programs.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace tcpblame::capture {
namespace {

TEST(RegularFile, OpensNothingElse) {
    const TemporaryFolder folder;
    ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
    write_file(folder / "file", "text");
    EXPECT_TRUE(open_regular(folder / "file"));
    EXPECT_FALSE(open_regular(folder / "fifo")) << "and does not wait for a writer";
    EXPECT_FALSE(open_regular("/dev/zero"));
    EXPECT_FALSE(open_regular(folder.path()));
    EXPECT_FALSE(open_regular(folder / "none"));
}

TEST(RegularFile, FollowsNoLinkOutOfTheRoot) {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "root/lib");
    write_file(folder / "secret", "outside");
    write_file(folder / "root/secret", "inside");
    std::filesystem::create_symlink(folder / "secret", folder / "root/lib/absolute");
    std::filesystem::create_symlink("../../secret", folder / "root/lib/upwards");
    std::filesystem::create_symlink("/secret", folder / "root/lib/within");
    EXPECT_FALSE(open_regular_below(folder / "root", "/lib/absolute"));
    for (const char* path : {"/secret", "/lib/upwards", "/lib/within", "/../secret"}) {
        const auto file = open_regular_below(folder / "root", path);
        ASSERT_TRUE(file) << path;
        EXPECT_EQ(file->facts.st_size, 6) << path;
    }
    EXPECT_FALSE(open_regular_below(folder / "root", "secret"));
    EXPECT_FALSE(open_regular_below(folder / "root", ""));
}

} // namespace
} // namespace tcpblame::capture
