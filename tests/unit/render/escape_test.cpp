#include "render/escape.hpp"

#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

TEST(Escape, KeepsOrdinaryText) {
    EXPECT_EQ(printable("orders-api", kAnyWidth), "orders-api");
    EXPECT_EQ(printable("", kAnyWidth), "");
    EXPECT_EQ(printable("bücher 宽字 🦀", kAnyWidth), "bücher 宽字 🦀");
}

TEST(Escape, ShowsWhatWouldSteerATerminal) {
    EXPECT_EQ(printable("\x1b[2J", kAnyWidth), "\\x1b[2J");
    EXPECT_EQ(printable("a\nb\rc\td\x7f", kAnyWidth), "a\\x0ab\\x0dc\\x09d\\x7f");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m",
                        kAnyWidth),
              "\\xc2\\x9b31m")
        << "C1: CSI as one character";
    EXPECT_EQ(printable(std::string_view("a\0b", 3), kAnyWidth), "a\\x00b");
}

TEST(Escape, ShowsWhatWouldReorderOrHideText) {
    EXPECT_EQ(printable("\u202ecod.exe", kAnyWidth), "\\xe2\\x80\\xaecod.exe");
    for (const char* hidden : {"\u202a", "\u202d", "\u2066", "\u2069", "\u200b", "\u200d", "\u200f", "\u2060", "\ufeff",
                               "\u00ad", "\u2028", "\ufe0f", "\U000e0041", "\uffff"})
        EXPECT_EQ(printable(hidden, kAnyWidth).substr(0, 2), "\\x") << printable(hidden, kAnyWidth);
}

TEST(Escape, ShowsWhatNoTerminalCanKnow) {
    EXPECT_EQ(printable("\u0378", kAnyWidth), "\\xcd\\xb8") << "not assigned";
    EXPECT_EQ(printable("\u2065", kAnyWidth), "\\xe2\\x81\\xa5") << "not assigned, and it would show nothing";
    EXPECT_EQ(printable("\U000e0fff", kAnyWidth), "\\xf3\\xa0\\xbf\\xbf");
}

TEST(Escape, ShowsEachByteThatIsNoUtf8) {
    EXPECT_EQ(printable("\xff\xfe", kAnyWidth), "\\xff\\xfe");
    EXPECT_EQ(printable("\xc0\xaf", kAnyWidth), "\\xc0\\xaf") << "an overlong slash";
    EXPECT_EQ(printable("\xed\xa0\x80", kAnyWidth), "\\xed\\xa0\\x80") << "a surrogate";
    EXPECT_EQ(printable("\xf4\x90\x80\x80", kAnyWidth), "\\xf4\\x90\\x80\\x80") << "beyond U+10FFFF";
    EXPECT_EQ(printable("ab\xe2\x82", kAnyWidth), "ab\\xe2\\x82") << "cut off, as the kernel cuts a comm";
}

TEST(Escape, CutsAtTheWidthAndSaysSo) {
    EXPECT_EQ(printable("orders-api", 10), "orders-api");
    EXPECT_EQ(printable("orders-api", 9), "orders-a…");
    EXPECT_EQ(printable("orders-api", 1), "…");
    EXPECT_EQ(printable("orders-api", 0), "");
    EXPECT_EQ(printable("orders-api", 9, Charset::kAscii), "orders...");
    EXPECT_EQ(printable("orders-api", 2, Charset::kAscii), "..");
}

TEST(Escape, NeverCutsThroughAnEscapeOrAWideCharacter) {
    EXPECT_EQ(printable("a\x1b\x1b", 6), "a\\x1b…");
    EXPECT_EQ(printable("a\x1b\x1b", 5), "a…");
    EXPECT_EQ(printable("宽字", 4), "宽字");
    EXPECT_EQ(printable("宽字", 3), "宽…");
    EXPECT_EQ(printable("宽字", 2), "…");
}

TEST(Escape, LetsNoHeapOfMarksPaintOverOtherLines) {
    const std::string one = "e\u0301";
    EXPECT_EQ(printable(one, kAnyWidth), one);
    EXPECT_EQ(display_width(one), 1U);
    EXPECT_EQ(printable("\u0301", kAnyWidth), "\\xcc\\x81") << "a mark with nothing to sit on";
    std::string heap = "e";
    for (int mark = 0; mark < 5; ++mark) heap += "\u0301";
    EXPECT_EQ(printable(heap, kAnyWidth), "e\u0301\u0301\u0301\u0301\\xcc\\x81");
}

TEST(Escape, LeavesNothingBeyondAsciiWhereOnlyAsciiIsWanted) {
    EXPECT_EQ(printable("a → b … “c” – 3 µs", kAnyWidth, Charset::kAscii), "a -> b ... \"c\" - 3 us");
    EXPECT_EQ(printable("ü", kAnyWidth, Charset::kAscii), "\\xc3\\xbc");
}

TEST(Escape, CountsColumnsNotBytes) {
    EXPECT_EQ(display_width("◄── FIN ──"), 10U);
    EXPECT_EQ(display_width("宽字"), 4U);
    EXPECT_EQ(display_width("\u0e01\u0e34"), 1U) << "a Thai letter with its vowel";
    EXPECT_EQ(display_width("\u0939\u093f"), 2U) << "a Devanagari vowel beside its letter";
    EXPECT_EQ(display_width("\U0001F1E8\U0001F1ED"), 4U) << "a flag: never less than a terminal takes for it";
    EXPECT_EQ(bytes_that_fit("宽字", 3), 3U);
    EXPECT_EQ(bytes_that_fit("abc", 2), 2U);
    EXPECT_EQ(bytes_that_fit("abc", 9), 3U);
}

} // namespace
} // namespace tcpblame::render
