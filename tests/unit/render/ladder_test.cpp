#include "render/ladder.hpp"

#include "render/samples.hpp"

#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

std::string drawn(const model::Verdict& verdict, std::size_t width = 80, Charset charset = Charset::kUnicode) {
    Page page({width, false, charset});
    draw_ladder(verdict, page);
    return page.take();
}

/// One row, without the heads.
std::string row_of(const model::TimelineEntry& entry) {
    model::Verdict verdict = samples::peer_closed();
    verdict.timeline = {entry};
    return samples::lines_of(drawn(verdict)).at(1);
}

TEST(Ladder, IsNotDrawnWithoutATimeline) { EXPECT_EQ(drawn(samples::pipe()), ""); }

TEST(Ladder, DrawsEachWayOfASegment) {
    using Event = model::TimelineEvent;
    EXPECT_EQ(row_of(samples::entry(-5, Event::kFinReceived, "CLOSE_WAIT", model::TimelineNote::kPeerClosed)),
              "  -5 ns  CLOSE_WAIT   ◄────── FIN ──────  the peer closed");
    EXPECT_EQ(row_of(samples::entry(-5, Event::kFinSent, "FIN_WAIT1", model::TimelineNote::kOurSide)),
              "  -5 ns  FIN_WAIT1    ────── FIN ──────►  our side was closed");
    EXPECT_EQ(row_of(samples::entry(-5, Event::kRstSent, "CLOSE")), "  -5 ns  CLOSE        ────── RST ──────►");
    EXPECT_EQ(row_of(samples::entry(-5, Event::kWritten, "CLOSE_WAIT")), "  -5 ns  CLOSE_WAIT   ───── data ──────►");
    EXPECT_EQ(row_of(samples::entry(-5, Event::kClosed, "", model::TimelineNote::kPeerClosed)),
              "  -5 ns               · closed: the peer closed");
}

TEST(Ladder, KeepsTheArrowsWidthWhateverItCarries) {
    model::TimelineEntry written =
        samples::entry(0, model::TimelineEvent::kWritten, "", model::TimelineNote::kDrewReset);
    for (const std::uint64_t bytes : {std::uint64_t{1}, std::uint64_t{104'857'600}, UINT64_MAX}) {
        written.bytes = bytes;
        EXPECT_EQ(display_width(row_of(written).substr(0, row_of(written).find("write"))), 41U) << row_of(written);
    }
}

TEST(Ladder, ChoosesTheUnitThatReadsBest) {
    const auto time_at = [](std::int64_t at_ns) {
        const std::string row = row_of(samples::entry(at_ns, model::TimelineEvent::kClosed, "CLOSE"));
        return row.substr(2, row.find(" CLOSE") - 2);
    };
    EXPECT_EQ(time_at(-2'104'000'000), "-2.104 s  ");
    EXPECT_EQ(time_at(-999'999'999), "-1.000 s  ");
    EXPECT_EQ(time_at(-100'870'000), "-100.9 ms ");
    EXPECT_EQ(time_at(-101'200), "-101.2 µs ");
    EXPECT_EQ(time_at(-7), "-7 ns ");
    EXPECT_EQ(time_at(0), "0    ");
    EXPECT_EQ(time_at(1'500), "+1.500 µs ");
    EXPECT_EQ(time_at(-3'780'000'000'000), "-63.0 min ");
}

TEST(Ladder, MarksWhatWasNotSeen) {
    model::TimelineEntry entry =
        samples::entry(-5, model::TimelineEvent::kRstReceived, "CLOSE", model::TimelineNote::kRefused);
    entry.evidence = model::Confidence::kInferred;
    EXPECT_EQ(row_of(entry), "  -5 ns  CLOSE        ◄────── RST ──────  connection refused (inferred)");
    entry.note = model::TimelineNote::kNone;
    EXPECT_EQ(row_of(entry), "  -5 ns  CLOSE        ◄────── RST ──────  (inferred)");
}

TEST(Ladder, GivesTheSignalToTheLastWriteOnly) {
    model::Verdict verdict = samples::peer_closed();
    model::TimelineEntry earlier = samples::failed_write(104, 64);
    earlier.at_ns = -1'000'000;
    verdict.timeline = {earlier, samples::failed_write(32, 512)};
    const auto lines = samples::lines_of(drawn(verdict));
    EXPECT_EQ(lines.at(1), "  -1.000 ms  write 64 B   ✗ ECONNRESET");
    EXPECT_EQ(lines.at(2), "       0     write 512 B  ✗ EPIPE and SIGPIPE, default action");
}

TEST(Ladder, NamesTheLocalPeerAndBothAddresses) {
    const auto lines = samples::lines_of(drawn(samples::linger_zero()));
    EXPECT_EQ(lines.at(0), "             orders-api, here                        server, pid 77");
    EXPECT_EQ(lines.at(1), "             127.0.0.1:41822                         127.0.0.7:4777");
}

TEST(Ladder, ShortensAHeadThatHasNoRoom) {
    model::Verdict verdict = samples::peer_closed();
    verdict.connection = samples::connection(samples::long_ipv6(1), samples::long_ipv6(2));
    EXPECT_EQ(samples::lines_of(drawn(verdict)).at(0),
              "             orders-api, here                 [abab:abab:abab:abab:abab:abab:ab…");
}

TEST(Ladder, NeedsNothingBeyondAscii) {
    const std::string text = drawn(samples::linger_zero(), 80, Charset::kAscii);
    for (const char byte : text) EXPECT_TRUE(byte == '\n' || (byte >= ' ' && byte <= '~')) << text;
    EXPECT_NE(text.find("<------ RST ------"), std::string::npos) << text;
    EXPECT_NE(text.find("-100.9 us"), std::string::npos) << text;
}

} // namespace
} // namespace tcpblame::render
