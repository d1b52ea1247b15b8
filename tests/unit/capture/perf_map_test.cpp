#include "capture/perf_map.hpp"

#include "capture/programs.hpp"

#include <gtest/gtest.h>

namespace tcpblame::capture {
namespace {

TEST(PerfMap, FindsTheCodeThatHoldsAnAddress) {
    PerfMap map;
    map.add("1000 10 first\n0x1010 0x20 second with spaces\n");
    EXPECT_EQ(map.find(0xfff).name, "");
    EXPECT_EQ(map.find(0x1000).name, "first");
    EXPECT_EQ(map.find(0x100f).name, "first");
    EXPECT_EQ(map.find(0x1010).name, "second with spaces");
    EXPECT_EQ(map.find(0x1011).start, 0x1010u);
    EXPECT_EQ(map.find(0x1030).name, "");
}

TEST(PerfMap, BelievesTheLastLineAboutAnAddress) {
    PerfMap map;
    map.add("1000 10 old\n1008 10 new\n");
    EXPECT_EQ(map.find(0x1004).name, "old");
    EXPECT_EQ(map.find(0x1008).name, "new");
}

TEST(PerfMap, PassesOverWhatIsNoLine) {
    PerfMap map;
    map.add("\n\n1000\n1000 \n1000 10\n1000 10 \nx y z\n-1 10 minus\n1000 0 empty\n"
            "11111111111111111 10 long\nffffffffffffffff ffffffffffffffff end\n1000 10 half");
    EXPECT_EQ(map.find(0x1000).name, "");
    EXPECT_EQ(map.find(0).name, "");
    EXPECT_EQ(map.find(0xffffffffffffffff).name, "end");
    map.add(" and half\n");
    EXPECT_EQ(map.find(0x1000).name, "half and half");
}

TEST(PerfMapFile, BelievesItsOwnerAndRootAlone) {
    const TemporaryFolder folder;
    write_file(folder / "map", "1000 10 code\n");
    const auto find = [&folder](uid_t owner) {
        PerfMapFile file;
        return std::string(file.find(0x1000, *open_regular(folder / "map"), owner).name);
    };
    EXPECT_EQ(find(geteuid()), "code");
    // Root's files are believed of anybody.
    EXPECT_EQ(find(geteuid() + 1), geteuid() == 0 ? "code" : "");
}

TEST(PerfMapFile, BeginsAnewWithAnotherFile) {
    const TemporaryFolder folder;
    PerfMapFile file;
    write_file(folder / "map", "1000 10 code of before\n");
    EXPECT_EQ(file.find(0x1000, *open_regular(folder / "map"), geteuid()).name, "code of before");
    write_file(folder / "other", "2000 10 code\n");
    std::filesystem::rename(folder / "other", folder / "map");
    EXPECT_EQ(file.find(0x1000, *open_regular(folder / "map"), geteuid()).name, "");
    EXPECT_EQ(file.find(0x2000, *open_regular(folder / "map"), geteuid()).name, "code");
}

TEST(PerfMapFile, RefusesWhatIsTooLarge) {
    const TemporaryFolder folder;
    write_file(folder / "map", "1000 10 code\n");
    std::filesystem::resize_file(folder / "map", std::uintmax_t{64 << 20} + 1);
    EXPECT_EQ(PerfMapFile().find(0x1000, *open_regular(folder / "map"), geteuid()).name, "");
}

} // namespace
} // namespace tcpblame::capture
