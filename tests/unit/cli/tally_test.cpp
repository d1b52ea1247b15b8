#include "cli/output/tally.hpp"

#include <gtest/gtest.h>

namespace tcpblame::cli {
namespace {

using model::Cause;

model::Verdict failed_write(Cause cause) {
    model::Verdict verdict;
    verdict.cause = cause;
    verdict.write_failed = true;
    return verdict;
}

model::Verdict teardown(Cause cause, bool write_failed) {
    model::Verdict verdict;
    verdict.kind = model::VerdictKind::kTeardown;
    verdict.cause = cause;
    verdict.write_failed = write_failed;
    return verdict;
}

std::size_t at(Cause cause) { return static_cast<std::size_t>(cause); }

TEST(Tally, CountsNothingAtFirst) {
    const model::RunEnd end = Tally().end(model::RunEndReason::kDuration, 5);
    EXPECT_EQ(end.verdicts + end.teardowns + end.lost_events, 0U);
    EXPECT_EQ(end.reason, model::RunEndReason::kDuration);
    EXPECT_EQ(end.monotonic_ns, 5U);
}

TEST(Tally, CountsWritesAndTeardownsByCause) {
    Tally tally;
    tally.count(failed_write(Cause::kPeerClosed));
    tally.count(failed_write(Cause::kPeerClosed));
    tally.count(failed_write(Cause::kUnknown));
    tally.count(teardown(Cause::kPeerAborted, false));
    const model::RunEnd end = tally.end(model::RunEndReason::kInterrupted, 0);
    EXPECT_EQ(end.verdicts, 3U);
    EXPECT_EQ(end.verdicts_by_cause.at(at(Cause::kPeerClosed)), 2U);
    EXPECT_EQ(end.verdicts_by_cause.at(at(Cause::kUnknown)), 1U);
    EXPECT_EQ(end.verdicts_by_cause.at(at(Cause::kPeerAborted)), 0U);
    EXPECT_EQ(end.teardowns, 1U);
    EXPECT_EQ(end.teardowns_by_cause.at(at(Cause::kPeerAborted)), 1U);
    EXPECT_EQ(end.teardowns_by_cause.at(at(Cause::kPeerClosed)), 0U);
}

TEST(Tally, ATeardownWhoseWriteIsReportedIsNotReportedAgain) {
    Tally tally;
    tally.count(failed_write(Cause::kPeerClosed));
    EXPECT_EQ(tally.reported(), 1U);
    tally.count(teardown(Cause::kPeerClosed, true));
    EXPECT_EQ(tally.reported(), 1U);
    tally.count(teardown(Cause::kPeerClosed, false));
    EXPECT_EQ(tally.reported(), 2U);
}

TEST(Tally, CountsNothingTwice) {
    Tally tally;
    for (int reset = 0; reset < 200; ++reset) {
        tally.count(failed_write(Cause::kPeerAborted));
        tally.count(teardown(Cause::kPeerAborted, true));
    }
    tally.count(teardown(Cause::kTimedOut, false));
    tally.count(teardown(Cause::kOrderly, false));
    tally.count(failed_write(Cause::kSentByProcess));
    const model::RunEnd end = tally.end(model::RunEndReason::kDuration, 0);
    EXPECT_EQ(end.failed_writes(), 200U);
    EXPECT_EQ(end.other_breaks(), 1U);
    EXPECT_EQ(end.signals_sent(), 1U);
    EXPECT_EQ(end.teardowns, 202U) << "lines";
}

TEST(Tally, AddsUpWhatIsLost) {
    Tally tally;
    model::LostEvents lost;
    lost.count = 3;
    tally.count(lost);
    lost.count = 4;
    tally.count(lost);
    EXPECT_EQ(tally.end(model::RunEndReason::kCount, 0).lost_events, 7U);
    EXPECT_EQ(tally.reported(), 0U);
}

} // namespace
} // namespace tcpblame::cli
