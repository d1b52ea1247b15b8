#include "reconstruct/clock_offset.hpp"

#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

constexpr std::uint64_t kNow = 1'000'000'000'000;
constexpr std::int64_t kRealtime = 123;

Mark mark_at(std::uint64_t time_ns) {
    Mark mark;
    mark.stamp.time_ns = time_ns;
    return mark;
}

struct Pair {
    Endpoint here;
    Endpoint there;

    Pair& fin_from_there(std::uint64_t sent_ns, std::uint64_t came_ns) {
        there.ending_to_change().fin_sent = mark_at(sent_ns);
        here.ending_to_change().fin_received = mark_at(came_ns);
        return *this;
    }
    Pair& fin_from_here(std::uint64_t sent_ns, std::uint64_t came_ns) {
        here.ending_to_change().fin_sent = mark_at(sent_ns);
        there.ending_to_change().fin_received = mark_at(came_ns);
        return *this;
    }
    Pair& reset_from_there(std::uint64_t sent_ns, std::uint64_t came_ns,
                           model::ResetKind kind = model::ResetKind::kActive) {
        there.ending_to_change().reset_sent = SentReset{};
        there.ending_to_change().reset_sent->stamp.time_ns = sent_ns;
        there.ending_to_change().reset_sent->kind = kind;
        here.ending_to_change().reset_received = mark_at(came_ns);
        return *this;
    }
    ClockOffset estimate() const {
        ClockBounds bounds;
        bounds.learn(here, there);
        return bounds.estimate(kRealtime);
    }
};

void expect_offset(const ClockOffset& offset, std::int64_t ns, std::uint64_t uncertainty_ns) {
    EXPECT_EQ(offset.ns, ns);
    ASSERT_TRUE(offset.uncertainty_ns);
    EXPECT_EQ(*offset.uncertainty_ns, uncertainty_ns);
}

TEST(ClockOffset, IsInTheMiddleOfWhatWentBothWays) {
    // 500 apart, and 30 or 10 on the way.
    expect_offset(Pair().fin_from_there(kNow, kNow + 530).fin_from_here(kNow + 600, kNow + 110).estimate(), 510, 20);
}

TEST(ClockOffset, IsFoundFromTheFastestOfAll) {
    ClockBounds bounds;
    for (const std::uint64_t way : {300U, 20U, 70U}) {
        const Pair pair = Pair().fin_from_there(kNow, kNow + 500 + way).fin_from_here(kNow + 500, kNow + 2 * way);
        bounds.learn(pair.here, pair.there);
    }
    const ClockOffset offset = bounds.estimate(kRealtime);
    expect_offset(offset, 490, 30);
    EXPECT_EQ(offset.connections, 3U);
}

TEST(ClockOffset, IsInTheMiddleOfBoundsThatDriftCrossed) {
    expect_offset(Pair().fin_from_there(kNow, kNow + 400).fin_from_here(kNow + 500, kNow).estimate(), 450, 50);
}

TEST(ClockOffset, IsWhatTheHostsSayWhereNothingSpeaksAgainstIt) {
    const ClockOffset none = ClockBounds().estimate(kRealtime);
    EXPECT_EQ(none.ns, kRealtime);
    EXPECT_FALSE(none.uncertainty_ns);
    EXPECT_EQ(none.connections, 0U);
    EXPECT_EQ(Pair().fin_from_there(kNow, kNow + 500).estimate().ns, kRealtime) << "at most 500";
    EXPECT_EQ(Pair().fin_from_there(kNow, kNow + 50).estimate().ns, 50) << "at most 50";
    EXPECT_EQ(Pair().fin_from_here(kNow + 50, kNow).estimate().ns, kRealtime) << "at least 50";
    EXPECT_EQ(Pair().fin_from_here(kNow + 500, kNow).estimate().ns, 500) << "at least 500";
    EXPECT_FALSE(Pair().fin_from_here(kNow + 500, kNow).estimate().uncertainty_ns);
}

TEST(ClockOffset, IsFoundFromHandshakes) {
    Pair pair;
    pair.reset_from_there(kNow + 5'000, kNow + 5'540);
    pair.here.opened_by = model::OpenedBy::kUs;
    pair.there.opened_by = model::OpenedBy::kPeer;
    pair.here.opened_ns = kNow + 500;
    pair.there.opened_ns = kNow + 20;
    expect_offset(pair.estimate(), 510, 30);
}

TEST(ClockOffset, IsNotMisledByAResetThatSomebodyElseSent) {
    ClockBounds bounds;
    const Pair honest = Pair().fin_from_there(kNow, kNow + 520).fin_from_here(kNow + 500, kNow + 20);
    // It came long before the other end aborted.
    const Pair forged = Pair().reset_from_there(kNow + 3'000'000'000, kNow + 1'000'000'000);
    bounds.learn(honest.here, honest.there);
    bounds.learn(forged.here, forged.there);
    expect_offset(bounds.estimate(kRealtime), 500, 20);
}

TEST(ClockOffset, IsNotFoundFromAnswersOfWhichOnlyTheLastIsKnown) {
    const Pair pair = Pair().reset_from_there(kNow, kNow + 50, model::ResetKind::kPassive);
    EXPECT_EQ(pair.estimate().ns, kRealtime);
}

TEST(ClockOffset, OfNonsenseIsNonsenseButNoFault) {
    Pair().fin_from_there(0, UINT64_MAX).fin_from_here(UINT64_MAX / 2 + 1, 1).estimate();
}

} // namespace
} // namespace tcpblame::reconstruct
