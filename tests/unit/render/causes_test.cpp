#include "render/wording/causes.hpp"

#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

TEST(Causes, EachHasAMeaningAndAnAdviceWithoutAFinalStop) {
    for (int cause = 0; cause < model::kCauseCount; ++cause) {
        const CauseWords words = words_for(static_cast<model::Cause>(cause));
        for (const std::string_view clause : {words.meaning, words.advice}) {
            ASSERT_FALSE(clause.empty()) << "cause " << cause;
            EXPECT_NE(clause.back(), '.') << clause;
        }
    }
}

TEST(Causes, AModifierHasAMeaning) {
    const std::string_view meaning = meaning_of(model::Modifier::kErrorAlreadyTaken);
    ASSERT_FALSE(meaning.empty());
    EXPECT_NE(meaning.back(), '.');
}

} // namespace
} // namespace tcpblame::render
