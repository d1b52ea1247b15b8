#include "render/packed_lines.hpp"

#include "render/samples.hpp"
#include "render/unpacked.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

namespace tcpblame::render {
namespace {

std::string packed_of(std::string_view line, std::size_t times) {
    samples::Collected seen;
    PackedLines lines(seen.sink());
    for (std::size_t time = 0; time < times; ++time) lines.put(line);
    lines.cut();
    return seen.text;
}

TEST(PackedLines, AreThereAgainHoweverLongTheyAre) {
    std::string line;
    for (std::size_t length = 0; length < 300; ++length) {
        line.insert(line.end(), static_cast<char>(length));
        EXPECT_EQ(unpacked(packed_of(line, 1)), line);
    }
}

TEST(PackedLines, ArePiecesThatNeedNoOther) {
    const std::string line(1000, 'x');
    const std::string packed = packed_of(line + '\n', 1000);
    EXPECT_EQ(std::count(packed.begin(), packed.end(), '\n'), 4);
    const std::size_t second = packed.find('\n') + 1;
    const std::string text = unpacked(packed.substr(second, packed.find('\n', second) + 1 - second));
    EXPECT_EQ(text.substr(0, line.size() + 1), line + '\n');
    EXPECT_EQ(text.back(), '\n');
}

TEST(PackedLines, OfNoneThereIsNone) { EXPECT_EQ(packed_of("", 3), ""); }

} // namespace
} // namespace tcpblame::render
