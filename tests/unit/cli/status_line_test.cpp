#include "cli/live/view.hpp"

#include <gtest/gtest.h>

namespace tcpblame::cli {
namespace {

constexpr std::uint64_t kMinute = 60'000'000'000;

model::RunStart watching(const std::string& what) {
    model::RunStart start;
    start.monotonic_ns = kMinute;
    start.watching = what;
    return start;
}

model::RunEnd after(std::uint64_t passed_ns) {
    model::RunEnd so_far;
    so_far.monotonic_ns = kMinute + passed_ns;
    return so_far;
}

TEST(StatusLine, SaysWhatIsWatchedForHowLongAndWhatWasSeen) {
    model::RunStart start = watching("port 5432");
    start.open_connections = 12'000;
    model::RunEnd so_far = after(12 * kMinute + 5'300'000'000);
    so_far.verdicts = 3;
    so_far.teardowns = 7;
    so_far.reported_by_writes.at(static_cast<std::size_t>(model::Cause::kPeerClosed)) = 2;
    so_far.teardowns_by_cause.at(static_cast<std::size_t>(model::Cause::kOrderly)) = 2;
    EXPECT_EQ(status_words(start, so_far, 100),
              "watching port 5432, 12,000 open at first | 12 min 5 s | 3 failed writes, 3 other breaks");
}

TEST(StatusLine, SaysWhatWasLostOnlyWhereSomethingWas) {
    model::RunEnd so_far = after(0);
    EXPECT_EQ(status_words(watching("all"), so_far, 100).find("lost"), std::string::npos);
    so_far.lost_events = 1;
    EXPECT_NE(status_words(watching("all"), so_far, 100).find("| 1 event lost"), std::string::npos);
}

TEST(StatusLine, NeverTakesASecondLineNorLetsANameSteerTheTerminal) {
    const std::string words = status_words(watching(std::string(500, 'x') + "\x1b[2J"), after(kMinute), 79);
    EXPECT_LE(words.size(), 79U + 2); // an ellipsis is three bytes
    EXPECT_NE(words.find("0 failed writes"), std::string::npos) << words;
    EXPECT_EQ(status_words(watching("\x1b[2J"), after(kMinute), 79).find('\x1b'), std::string::npos);
}

} // namespace
} // namespace tcpblame::cli
