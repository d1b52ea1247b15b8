#include "render/top/blames.hpp"

#include "render/samples.hpp"
#include "render/top/blame_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

namespace tcpblame::render {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t kASecond = 1'000'000'000;

model::Verdict named(const std::string& name, std::uint64_t at_ns = samples::kMomentNs) {
    model::Verdict verdict = samples::linger_zero();
    verdict.process->name = name;
    verdict.monotonic_ns = at_ns;
    return verdict;
}

std::vector<std::string> processes_of(const std::vector<BlameRow>& rows) {
    std::vector<std::string> names;
    names.reserve(rows.size());
    for (const BlameRow& row : rows) names.push_back(row.process);
    return names;
}

TEST(TopBlames, AddUpWhatIsAlikeButForItsPidsAndPorts) {
    Blames blames;
    model::Verdict verdict = samples::linger_zero();
    blames.count(verdict);
    ASSERT_EQ(blames.rows().size(), 1U);
    EXPECT_EQ(blames.rows().front().process, "orders-api");
    EXPECT_EQ(blames.rows().front().peer, "server");
    EXPECT_EQ(blames.rows().front().process_pid, 4242U);
    EXPECT_EQ(blames.rows().front().peer_pid, 77U);
    verdict.process->pid = 1;
    blames.count(verdict);
    verdict.process->pid = 4242; // of several it is reported no more
    blames.count(verdict);
    ASSERT_EQ(blames.rows().size(), 1U);
    EXPECT_EQ(blames.rows().front().count, 3U);
    EXPECT_EQ(blames.rows().front().process_pid, 0U);
    EXPECT_EQ(blames.rows().front().peer_pid, 77U);
}

TEST(TopBlames, HoldApartWhoAndWhomAndWhy) {
    Blames blames;
    model::Verdict verdict = samples::linger_zero();
    blames.count(verdict);
    verdict.cause = model::Cause::kPeerClosed;
    blames.count(verdict);
    verdict.peer->process.name = "other";
    blames.count(verdict);
    blames.count(samples::peer_closed()); // its peer is an address
    blames.count(samples::pipe());        // and this one has none
    EXPECT_EQ(blames.rows().size(), 5U);
    EXPECT_EQ(blames.rows().at(1).peer, "10.0.0.9:5432");
    EXPECT_EQ(blames.rows().at(0).peer, "");
}

TEST(TopBlames, KeepTheNewestVerdictAlsoWhereAnOlderOneIsReportedLater) {
    Blames blames;
    blames.count(named("a", 5 * kASecond));
    blames.count(named("a", 7 * kASecond));
    blames.count(named("a", 6 * kASecond));
    const BlameRow row = blames.rows().front();
    EXPECT_EQ(row.count, 3U);
    EXPECT_EQ(row.last_ns, 7 * kASecond);
    EXPECT_EQ(row.newest->monotonic_ns, 7 * kASecond);
}

TEST(TopBlames, ClaimNoMoreThanTheLeastCertainOfThem) {
    Blames blames;
    model::Verdict verdict = samples::linger_zero();
    blames.count(verdict);
    EXPECT_EQ(blames.rows().front().confidence, model::Confidence::kObserved);
    verdict.confidence = model::Confidence::kInferred;
    blames.count(verdict);
    verdict.confidence = model::Confidence::kObserved;
    blames.count(verdict);
    EXPECT_EQ(blames.rows().front().confidence, model::Confidence::kInferred);
}

TEST(TopBlames, DropTheRowThatWasSilentForTheLongestAndSaySo) {
    Blames blames(2);
    blames.count(named("a"));
    blames.count(named("a"));
    blames.count(named("b"));
    blames.count(named("c"));
    EXPECT_THAT(processes_of(blames.rows()), ElementsAre("c", "b"));
    blames.count(named("b"));
    blames.count(named("d"));
    EXPECT_THAT(processes_of(blames.rows()), ElementsAre("d", "b"));
    EXPECT_EQ(blames.dropped_rows(), 2U);
    EXPECT_EQ(blames.dropped_breaks(), 3U);
    blames.count(named("a")); // anew
    EXPECT_EQ(blames.rows().front().count, 1U);
}

TEST(TopBlames, AreBoundedWhateverNamesAreMadeUp) {
    Blames blames;
    for (int name = 0; name < 5000; ++name) blames.count(named("worker" + std::to_string(name)));
    EXPECT_EQ(blames.rows().size(), Blames::kMostRows);
    EXPECT_EQ(blames.dropped_breaks(), 5000 - Blames::kMostRows);
}

TEST(TopRate, IsOfTheLastSecondsAlone) {
    Rate rate;
    for (int i = 0; i < 50; ++i) rate.count(100 * kASecond);
    EXPECT_DOUBLE_EQ(rate.per_second(101 * kASecond, 0), 50.0 / 9);
    EXPECT_DOUBLE_EQ(rate.per_second(109 * kASecond, 0), 50.0 / 9);
    EXPECT_DOUBLE_EQ(rate.per_second(110 * kASecond, 0), 0);
    EXPECT_DOUBLE_EQ(rate.per_second(500 * kASecond, 0), 0);
}

TEST(TopRate, IsOfWhatHasPassedWhereThatIsLess) {
    Rate rate;
    rate.count(100 * kASecond);
    EXPECT_DOUBLE_EQ(rate.per_second(104 * kASecond, 100 * kASecond), 0.25);
    EXPECT_DOUBLE_EQ(rate.per_second(100 * kASecond + 1, 100 * kASecond), 1); // not a thousand million
}

TEST(TopRate, CountsWhatIsReportedLateInItsOwnTime) {
    Rate rate;
    rate.count(100 * kASecond);
    rate.count(95 * kASecond);
    rate.count(80 * kASecond); // no longer of interest
    EXPECT_DOUBLE_EQ(rate.per_second(100 * kASecond, 99 * kASecond), 2);
    EXPECT_DOUBLE_EQ(rate.per_second(105 * kASecond, 0), 1.0 / 9);
}

TEST(TopRate, TakesAnyTime) {
    Rate rate;
    EXPECT_DOUBLE_EQ(rate.per_second(0, 0), 0);
    rate.count(std::numeric_limits<std::uint64_t>::max());
    rate.count(0);
    EXPECT_DOUBLE_EQ(rate.per_second(0, std::numeric_limits<std::uint64_t>::max()), 1);
}

TEST(TopOrder, IsByEachColumnAndTheOtherWayRound) {
    Blames blames;
    for (const char* name : {"b", "b", "b", "a", "c", "c"}) blames.count(named(name, 100 * kASecond));
    blames.count(named("a", 109 * kASecond));
    blames.count(named("a", 90 * kASecond));
    const auto sorted = [&](BlameColumn by, bool reversed) {
        std::vector<BlameRow> rows = blames.rows();
        sort(rows, {by, reversed}, {110 * kASecond, 0});
        return processes_of(rows);
    };
    // a: 3, the last of them newest, one of them within the last seconds; it came after b.
    EXPECT_THAT(sorted(BlameColumn::kCount, false), ElementsAre("b", "a", "c"));
    EXPECT_THAT(sorted(BlameColumn::kCount, true), ElementsAre("c", "b", "a"));
    EXPECT_THAT(sorted(BlameColumn::kRate, false), ElementsAre("a", "b", "c"));
    EXPECT_THAT(sorted(BlameColumn::kLast, false), ElementsAre("a", "b", "c"));
    EXPECT_THAT(sorted(BlameColumn::kLast, true), ElementsAre("b", "c", "a"));
    EXPECT_THAT(sorted(BlameColumn::kProcess, false), ElementsAre("a", "b", "c"));
    EXPECT_THAT(sorted(BlameColumn::kProcess, true), ElementsAre("c", "b", "a"));
}

TEST(TopOrder, GoesAroundTheColumns) {
    EXPECT_EQ(column_beside(BlameColumn::kCount, 1), BlameColumn::kRate);
    EXPECT_EQ(column_beside(BlameColumn::kCount, -1), BlameColumn::kCause);
    EXPECT_EQ(column_beside(BlameColumn::kCause, 1), BlameColumn::kCount);
}

} // namespace
} // namespace tcpblame::render
