// schema.json repeats the model's words: whoever adds one has to add it there, too.
#include "model/run.hpp"
#include "model/verdict.hpp"

#include <cstdint>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tcpblame::render {
namespace {

using Json = nlohmann::ordered_json;
using Strings = std::vector<std::string>;

/// All words of an enumeration, in the model's order; what is not reported has none.
template <typename Enum>
Strings words_of() {
    constexpr int kMoreThanAnyHas = 100;
    Strings words;
    for (int value = 0; value < kMoreThanAnyHas; ++value) {
        const std::string_view word = model::code_of(static_cast<Enum>(value));
        if (!word.empty()) words.emplace_back(word);
    }
    return words;
}

class Schema : public testing::Test {
protected:
    void SetUp() override {
        std::ifstream file(TCPBLAME_SCHEMA);
        ASSERT_TRUE(file) << "the sources are not where they were built from: " << TCPBLAME_SCHEMA;
        definitions_ = Json::parse(file)["$defs"];
    }

    Strings enumerated(const std::string& pointer) const {
        return definitions_.at(Json::json_pointer(pointer + "/enum")).get<Strings>();
    }

private:
    Json definitions_;
};

TEST_F(Schema, KnowsEveryCauseInTheModelsOrder) {
    EXPECT_EQ(words_of<model::Cause>().size(), std::size_t{model::kCauseCount});
    EXPECT_EQ(enumerated("/cause"), words_of<model::Cause>());
}

TEST_F(Schema, KnowsEveryConfidence) { EXPECT_EQ(enumerated("/confidence"), words_of<model::Confidence>()); }

TEST_F(Schema, KnowsEveryModifier) { EXPECT_EQ(enumerated("/modifier"), words_of<model::Modifier>()); }

TEST_F(Schema, KnowsEveryActOfAPeer) { EXPECT_EQ(enumerated("/peer/properties/act"), words_of<model::Act>()); }

TEST_F(Schema, KnowsEveryReason) { EXPECT_EQ(enumerated("/why/items/properties/code"), words_of<model::ReasonCode>()); }

TEST_F(Schema, KnowsEveryIcmpErrorAndWhereASignalOrAResetComesFrom) {
    EXPECT_EQ(enumerated("/icmp/properties/kind"), words_of<model::IcmpKind>());
    EXPECT_EQ(enumerated("/signal/properties/origin"), words_of<model::SignalOrigin>());
    EXPECT_EQ(enumerated("/reset/properties/origin"), words_of<model::ResetOrigin>());
}

TEST_F(Schema, KnowsEveryTimelineEvent) {
    EXPECT_EQ(enumerated("/timeline_entry/properties/event"), words_of<model::TimelineEvent>());
}

TEST_F(Schema, KnowsEveryKindOfFile) { EXPECT_EQ(enumerated("/write/properties/file"), words_of<model::FileKind>()); }

TEST_F(Schema, KnowsEveryDisposition) {
    EXPECT_EQ(enumerated("/signal/properties/disposition"), words_of<model::Disposition>());
}

TEST_F(Schema, KnowsEveryKindOfTimeout) {
    EXPECT_EQ(enumerated("/timeout/properties/kind"), words_of<model::TimeoutKind>());
}

TEST_F(Schema, KnowsBothSides) {
    EXPECT_EQ(enumerated("/connection/properties/opened_by"), words_of<model::OpenedBy>());
    for (const std::string type : {"/verdict", "/teardown"})
        EXPECT_EQ(enumerated(type + "/properties/closed_first"), words_of<model::OpenedBy>()) << type;
}

TEST_F(Schema, KnowsEveryLimit) {
    EXPECT_EQ(enumerated("/start/properties/limits/items"), words_of<model::RunLimit>());
}

TEST_F(Schema, KnowsEveryReasonToEnd) {
    EXPECT_EQ(enumerated("/end/properties/reason"), words_of<model::RunEndReason>());
}

} // namespace
} // namespace tcpblame::render
