#include "render/ranking.hpp"

#include "render/escape.hpp"
#include "render/samples.hpp"

#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

class Ranked : public testing::Test {
protected:
    void count(model::Verdict verdict, int times = 1) {
        for (int i = 0; i < times; ++i) ranking_.count(verdict);
    }
    std::vector<std::string> lines(std::size_t width = 80) const {
        Page page({width, false, Charset::kUnicode});
        ranking_.draw(page);
        return samples::lines_of(page.take());
    }

    Ranking ranking_;
};

TEST_F(Ranked, IsWhoBrokeWhomTheMostFrequentFirst) {
    count(samples::pipe());
    count(samples::linger_zero(), 12'000);
    EXPECT_EQ(lines(), (std::vector<std::string>{
                           "  12,000  peer-aborted        orders-api  ← server",
                           "       1  pipe-reader-gone    seq",
                       }));
}

TEST_F(Ranked, HasNothingToSayOfOneKind) {
    count(samples::linger_zero(), 12);
    EXPECT_TRUE(lines().empty());
}

TEST_F(Ranked, AddsUpAPeerElsewhereWhateverItsPortWhereItCameToUs) {
    model::Verdict one = samples::peer_closed();
    one.connection->opened_by = model::OpenedBy::kPeer;
    model::Verdict other = one;
    other.connection->tuple.remote.port = 1;
    count(one);
    count(other);
    count(samples::pipe());
    ASSERT_EQ(lines().size(), 2U);
    EXPECT_EQ(lines()[0], "  2  peer-closed         orders-api  ← 10.0.0.9");
}

TEST_F(Ranked, KeepsThePortThatWeConnectedTo) {
    model::Verdict one = samples::peer_closed();
    one.connection->opened_by = model::OpenedBy::kUs;
    count(one, 2);
    count(samples::pipe());
    EXPECT_EQ(lines()[0], "  2  peer-closed         orders-api  ← 10.0.0.9:5432");
}

TEST_F(Ranked, IsTenLinesLongAtMostAndLosesNone) {
    model::Verdict verdict = samples::linger_zero();
    for (int name = 0; name < 20'000; ++name) {
        verdict.process->name = "worker" + std::to_string(name);
        count(verdict);
    }
    ASSERT_EQ(lines().size(), 10U);
    EXPECT_EQ(lines().back(), "  … and 19,991 others");
}

TEST_F(Ranked, FitsAndLetsNoNameSteerTheTerminal) {
    model::Verdict verdict = samples::linger_zero();
    verdict.process->name = "\x1b[2J" + std::string(300, 'x');
    verdict.peer->process.name = verdict.process->name;
    count(verdict, 1'000'000);
    count(samples::pipe());
    for (const std::string& line : lines()) {
        EXPECT_LE(display_width(line), 80U) << line;
        EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
    }
}

} // namespace
} // namespace tcpblame::render
