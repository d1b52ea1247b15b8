// The kernel's own reason for a RST, in words.
#include "render/wording/reset_reasons.hpp"

#include "model/verdict.hpp"

#include <gtest/gtest.h>
#include <set>
#include <string>

namespace tcpblame::render {
namespace {

using model::ResetReason;

TEST(ResetReasons, EachHasACodeOfItsOwnAndAMeaning) {
    std::set<std::string_view> codes;
    std::set<std::string_view> meanings;
    for (int each = 0; each <= static_cast<int>(ResetReason::kMptcpMiddlebox); ++each) {
        const auto reason = static_cast<ResetReason>(each);
        if (reason == ResetReason::kUnknown || reason == ResetReason::kOther) {
            EXPECT_EQ(model::code_of(reason), "");
            EXPECT_EQ(meaning_of(reason), "");
            continue;
        }
        EXPECT_TRUE(codes.insert(model::code_of(reason)).second) << each;
        EXPECT_TRUE(meanings.insert(meaning_of(reason)).second) << each;
    }
    EXPECT_FALSE(codes.contains(""));
    EXPECT_FALSE(meanings.contains(""));
}

TEST(ResetReasons, AreShownWhereTheySayMoreThanTheCause) {
    EXPECT_FALSE(says_more(ResetReason::kUnknown));
    EXPECT_FALSE(says_more(ResetReason::kOther));
    EXPECT_FALSE(says_more(ResetReason::kState));
    EXPECT_TRUE(says_more(ResetReason::kAbortOnMemory));
    EXPECT_TRUE(says_more(ResetReason::kMptcpMiddlebox));
}

} // namespace
} // namespace tcpblame::render
