#include "capture/text_file.hpp"

#include <gtest/gtest.h>

namespace tcpblame::capture {
namespace {

TEST(TextFile, ReadsAllOfIt) {
    const std::string status = read_text("/proc/self/status");
    EXPECT_NE(status.find("\nNSpid:"), std::string::npos);
    EXPECT_EQ(status.back(), '\n');
}

TEST(TextFile, IsEmptyWhereThereIsNone) { EXPECT_EQ(read_text("/proc/self/no-such-file"), ""); }

// As that of a process that has just died: it can be opened, and reading it fails (here with EIO).
TEST(TextFile, IsEmptyWhereReadingFails) { EXPECT_EQ(read_text("/proc/self/mem"), ""); }

TEST(TextFile, GivesLinesWithoutTheirLineFeed) {
    Lines lines("/proc/self/status");
    std::string_view line;
    ASSERT_TRUE(lines.next(line));
    EXPECT_EQ(line.substr(0, 5), "Name:");
    EXPECT_EQ(line.find('\n'), std::string_view::npos);
}

} // namespace
} // namespace tcpblame::capture
