#include "wire/loss_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::wire {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kLateNs = 200'000;
constexpr std::uint64_t kMuchLater = 1'000'000'000;

std::uint64_t total(const std::vector<model::LostEvents>& lost) {
    std::uint64_t count = 0;
    for (const model::LostEvents& one : lost) count += one.count;
    return count;
}

TEST(LossLedger, NothingIsLostWhereEachNumberComes) {
    LossLedger ledger;
    for (std::uint64_t i = 1; i <= 100; ++i) ledger.enter(0, i, i * 10);
    EXPECT_THAT(ledger.settle(kMuchLater), IsEmpty());
    EXPECT_THAT(ledger.close({100}), IsEmpty());
}

TEST(LossLedger, ReportsAGapWithBothItsEdges) {
    LossLedger ledger;
    ledger.enter(2, 1, 100);
    ledger.enter(2, 5, 900);
    const auto lost = ledger.settle(kMuchLater);
    ASSERT_THAT(lost, SizeIs(1));
    EXPECT_EQ(lost[0].count, 3U);
    EXPECT_EQ(lost[0].cpu, 2U);
    EXPECT_EQ(lost[0].first, 2U);
    EXPECT_EQ(lost[0].after_monotonic_ns, 100U);
    EXPECT_EQ(lost[0].before_monotonic_ns, 900U);
    EXPECT_THAT(ledger.settle(kMuchLater), IsEmpty()) << "once";
    EXPECT_THAT(ledger.close({}), IsEmpty());
}

TEST(LossLedger, ReportsWhatWasLostBeforeTheFirst) {
    LossLedger ledger;
    ledger.enter(0, 4, 900);
    const auto lost = ledger.settle(kMuchLater);
    ASSERT_THAT(lost, SizeIs(1));
    EXPECT_EQ(lost[0].count, 3U);
    EXPECT_EQ(lost[0].after_monotonic_ns, 0U);
}

TEST(LossLedger, WaitsForALateNumber) {
    LossLedger ledger;
    ledger.enter(0, 1, 100);
    ledger.enter(0, 3, 900);
    EXPECT_THAT(ledger.settle(900 + kLateNs - 1), IsEmpty());
    EXPECT_THAT(ledger.settle(900 + kLateNs), SizeIs(1));
}

TEST(LossLedger, ALateNumberFillsItsGap) {
    LossLedger ledger;
    ledger.enter(0, 1, 100);
    ledger.enter(0, 3, 900);
    ledger.enter(0, 2, 890);
    EXPECT_THAT(ledger.settle(kMuchLater), IsEmpty());
}

TEST(LossLedger, ALateNumberSplitsAWiderGap) {
    LossLedger ledger;
    ledger.enter(0, 1, 100);
    ledger.enter(0, 9, 900);
    ledger.enter(0, 5, 890);
    auto lost = ledger.settle(kMuchLater);
    ASSERT_THAT(lost, SizeIs(2));
    EXPECT_EQ(lost[0].count, 3U); // 2, 3, 4
    EXPECT_EQ(lost[1].count, 3U); // 6, 7, 8
}

TEST(LossLedger, LateNumbersAtTheEdgesShrinkAGap) {
    LossLedger ledger;
    ledger.enter(0, 1, 100);
    ledger.enter(0, 9, 900);
    ledger.enter(0, 2, 890);
    ledger.enter(0, 8, 890);
    EXPECT_EQ(total(ledger.settle(kMuchLater)), 5U);
}

TEST(LossLedger, AllNumbersInAnyOrderLeaveNoGap) {
    LossLedger ledger;
    for (const std::uint64_t number : {9U, 3U, 1U, 7U, 5U, 2U, 8U, 4U, 6U}) ledger.enter(0, number, 900);
    EXPECT_THAT(ledger.settle(kMuchLater), IsEmpty());
    EXPECT_THAT(ledger.close({9}), IsEmpty());
}

TEST(LossLedger, ANumberThatComesTwiceChangesNothing) {
    LossLedger ledger;
    for (const std::uint64_t number : {1U, 2U, 2U, 1U, 3U}) ledger.enter(0, number, 100);
    EXPECT_THAT(ledger.settle(kMuchLater), IsEmpty());
}

TEST(LossLedger, EventsWithoutANumberAreNotCounted) {
    LossLedger ledger;
    ledger.enter(7, 0, 100);
    ledger.enter(0, 1, 100);
    EXPECT_THAT(ledger.settle(kMuchLater), IsEmpty());
    EXPECT_THAT(ledger.close({1}), IsEmpty());
}

TEST(LossLedger, KeepsTheCpusApart) {
    LossLedger ledger;
    ledger.enter(0, 1, 100);
    ledger.enter(3, 1, 100);
    ledger.enter(0, 2, 200);
    ledger.enter(3, 4, 200);
    const auto lost = ledger.settle(kMuchLater);
    ASSERT_THAT(lost, SizeIs(1));
    EXPECT_EQ(lost[0].cpu, 3U);
    EXPECT_EQ(lost[0].count, 2U);
}

TEST(LossLedger, SettlesEachGapWhenItIsOldEnough) {
    LossLedger ledger;
    ledger.enter(0, 2, 1'000);
    ledger.enter(1, 3, 2'000);
    EXPECT_EQ(total(ledger.settle(1'000 + kLateNs)), 1U);
    EXPECT_EQ(total(ledger.settle(2'000 + kLateNs)), 2U);
}

TEST(LossLedger, ReportsAtTheEndWhatTheKernelMadeAndNobodyGot) {
    LossLedger ledger;
    ledger.enter(0, 1, 100);
    ledger.enter(0, 2, 200);
    const auto lost = ledger.close({5, 0, 4});
    ASSERT_THAT(lost, SizeIs(2));
    EXPECT_EQ(lost[0].cpu, 0U);
    EXPECT_EQ(lost[0].count, 3U);
    EXPECT_EQ(lost[0].after_monotonic_ns, 200U);
    EXPECT_EQ(lost[0].before_monotonic_ns, 0U);
    EXPECT_EQ(lost[1].cpu, 2U) << "a CPU from which nothing came";
    EXPECT_EQ(lost[1].count, 4U);
}

TEST(LossLedger, ReportsAtTheEndTheGapsThatAreStillOpen) {
    LossLedger ledger;
    ledger.enter(0, 1, 100);
    ledger.enter(0, 4, 200);
    const auto lost = ledger.close({6});
    ASSERT_THAT(lost, SizeIs(2));
    EXPECT_EQ(total(lost), 4U);
}

TEST(LossLedger, DoesNotTakeAMissingCountOfTheKernelForALoss) {
    LossLedger ledger;
    ledger.enter(1, 1, 100);
    EXPECT_THAT(ledger.close({}), IsEmpty());
}

} // namespace
} // namespace tcpblame::wire
