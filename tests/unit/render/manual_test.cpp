#include "render/manual.hpp"

#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

std::string set(std::string_view scdoc, bool color = false) {
    Page page({.width = 30, .color = color, .charset = Charset::kAscii});
    set_manual(scdoc, page);
    return page.take();
}

TEST(Manual, WrapsAParagraphOfSeveralLinesToThePage) {
    EXPECT_EQ(set("The peer's FIN comes:\nit sends no more, and that is all.\n\nOn.\n"),
              "  The peer's FIN comes: it\n  sends no more, and that is\n  all.\n\n  On.\n");
}

TEST(Manual, SetsAHeadingAtTheMarginAndBold) {
    EXPECT_EQ(set("*On the wire*\n\nNothing.\n"), "On the wire\n\n  Nothing.\n");
    EXPECT_EQ(set("*On the wire*\n", true), "\x1b[1mOn the wire\x1b[0m\n");
}

TEST(Manual, HangsWhatGoesOnInAList) {
    EXPECT_EQ(set("- C: treat the end as the end,\n  always\n- Go: so, too\n"),
              "  - C: treat the end as the\n    end, always\n  - Go: so, too\n");
}

TEST(Manual, LeavesLiteralTextAsItIs) {
    EXPECT_EQ(set("Run:\n\n```\nif x:\n    *y*  - z\n\nend\n```\n"),
              "  Run:\n\n      if x:\n          *y*  - z\n\n      end\n");
}

TEST(Manual, TakesMarkupAndEscapesOutOfTheText) {
    EXPECT_EQ(set("See *ss*, not \\_\\_exit or a_b.\n"), "  See ss, not __exit or a_b.\n");
}

TEST(Manual, SurvivesTextThatEndsAnywhere) {
    EXPECT_EQ(set(""), "");
    EXPECT_EQ(set("*"), "\n");
    EXPECT_EQ(set("a\\"), "  a\\\n");
    EXPECT_EQ(set("```\nopen"), "      open\n");
}

} // namespace
} // namespace tcpblame::render
