#include "render/top/dashboard.hpp"

#include "render/samples.hpp"
#include "render/top/scroll.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const Line& line) {
    std::string text;
    for (const Span& span : line) text += span.text;
    return text.erase(text.find_last_not_of(' ') + 1);
}

class TopDashboard : public testing::Test {
protected:
    TopDashboard() { dashboard_.start(samples::run_start()); }

    void report(const model::Verdict& verdict, int times = 1) {
        for (int i = 0; i < times; ++i) dashboard_.verdict(verdict);
        dashboard_.flush(samples::kMomentNs + 3'000'000'000);
    }
    /// As many rows, of processes called p00, p01 and so on.
    void report_many(int rows) {
        model::Verdict verdict = samples::linger_zero();
        for (int row = 0; row < rows; ++row) {
            verdict.process->name = fmt::format("p{:02}", row);
            report(verdict);
        }
    }
    std::vector<std::string> lines(std::size_t columns = 100, std::size_t rows = 24) {
        std::vector<std::string> texts;
        for (const ScreenLine& line : dashboard_.draw("watching all", {columns, rows}))
            texts.push_back(text_of(line.text));
        return texts;
    }
    std::string chosen(std::size_t rows = 24) {
        for (const ScreenLine& line : dashboard_.draw("", {100, rows}))
            if (line.chosen) return text_of(line.text);
        return {};
    }
    bool press(Key key, int times = 1) {
        bool goes_on = true;
        for (int i = 0; i < times; ++i) goes_on = dashboard_.press(key);
        return goes_on;
    }

    Dashboard dashboard_{ReportOptions{}};
};

TEST_F(TopDashboard, SaysThatNothingBrokeSoFar) {
    EXPECT_THAT(lines(), Contains("  nothing has broken so far"));
    EXPECT_TRUE(press(Key::kEnter));
    EXPECT_TRUE(press(Key::kDown));
    EXPECT_THAT(lines(), Contains("  nothing has broken so far"));
}

TEST_F(TopDashboard, IsATableOfWhoBreaksWhom) {
    report(samples::linger_zero(), 12'000);
    report(samples::teardown());
    EXPECT_EQ(lines(), (std::vector<std::string>{
                           "watching all",
                           "by COUNT | rates over the last 10 s | h help, q quit",
                           "    COUNT▾    RATE/s      LAST  PROCESS           PEER           CAUSE",
                           ">   12,000      1259       3 s  orders-api[4242]  server[77]     peer-aborted",
                           "         1       0.1       3 s  orders-api[4242]  10.0.0.9:5432  peer-closed (inferred)",
                       }));
}

TEST_F(TopDashboard, CountsABreakOnceWhereItsWriteFailed) {
    model::Verdict verdict = samples::teardown();
    verdict.write_failed = true;
    report(verdict);
    EXPECT_THAT(lines(), Contains("  nothing has broken so far"));
}

TEST_F(TopDashboard, NeverExceedsTheScreen) {
    for (const model::Verdict& verdict : samples::all()) report(verdict);
    model::LostEvents lost;
    lost.count = 3;
    dashboard_.lost(lost);
    for (const Key key : {Key::kNone, Key::kHelp, Key::kQuit, Key::kEnter, Key::kRight}) {
        press(key);
        for (std::size_t columns = 1; columns < 120; ++columns)
            for (const std::size_t rows : {1U, 2U, 3U, 5U, 24U}) {
                const auto drawn = dashboard_.draw(std::string(columns, 'x'), {columns, rows});
                EXPECT_LE(drawn.size(), rows);
                for (const ScreenLine& line : drawn) EXPECT_LE(width_of(line.text), columns) << text_of(line.text);
            }
    }
}

TEST_F(TopDashboard, LetsNoNameSteerTheTerminal) {
    report(samples::hostile());
    for (const Key key : {Key::kNone, Key::kEnter}) {
        press(key);
        for (const std::string& line : lines())
            for (const char* bad : {"\x1b", "\n", "\x07", "\xe2\x80\xae", "\xc2\x9b", "\xff"})
                EXPECT_THAT(line, Not(HasSubstr(bad)));
    }
}

TEST_F(TopDashboard, IsAsciiWhereTheTerminalIs) {
    ReportOptions options;
    options.unicode = false;
    Dashboard ascii(options);
    ascii.start(samples::run_start());
    ascii.verdict(samples::hostile());
    for (const Key key : {Key::kNone, Key::kReverse, Key::kEnter}) {
        ascii.press(key);
        for (const ScreenLine& line : ascii.draw("", {200, 50}))
            for (const char byte : text_of(line.text)) EXPECT_TRUE(byte >= 0x20 && byte < 0x7F) << text_of(line.text);
    }
}

TEST_F(TopDashboard, LeavesOutPidsAndThenColumnsWhereThereIsLittleRoom) {
    report(samples::linger_zero());
    EXPECT_THAT(lines(60)[3], HasSubstr("orders-api    server"));
    EXPECT_THAT(lines(60)[2], Not(HasSubstr("RATE")));
    EXPECT_THAT(lines(60)[2], HasSubstr("LAST"));
    EXPECT_THAT(lines(50)[2], Not(HasSubstr("LAST")));
    EXPECT_THAT(lines(54)[3], HasSubstr("peer-aborted"));
}

TEST_F(TopDashboard, ScrollsATableAsideThatHasNoRoom) {
    model::Verdict verdict = samples::linger_zero();
    verdict.process->name = "a-name-of-15-by";
    verdict.peer->process.name = "another-of-15-b";
    verdict.confidence = model::Confidence::kInferred;
    report(verdict);
    EXPECT_THAT(lines(60)[2], Not(HasSubstr("RATE")));
    EXPECT_THAT(lines(60)[3], Not(HasSubstr("peer-aborted (inferred)")));
    press(Key::kRight);
    EXPECT_THAT(lines(60)[2], HasSubstr("RATE"));
    press(Key::kRight, 20);
    EXPECT_THAT(lines(60)[3], HasSubstr("another-of-15-b"));
    EXPECT_THAT(lines(60)[3], HasSubstr("peer-aborted (inferred)"));
    press(Key::kLeft, 20);
    EXPECT_THAT(lines(60)[2], Not(HasSubstr("RATE"))) << "as at first";
    const auto wide = lines(140);
    press(Key::kRight);
    EXPECT_EQ(lines(140), wide) << "all of it has room";
}

TEST_F(TopDashboard, SaysWhatWasLostAndDropped) {
    EXPECT_THAT(lines(), Not(Contains(HasSubstr("lost"))));
    model::LostEvents lost;
    lost.count = 3;
    dashboard_.lost(lost);
    model::Verdict verdict = samples::linger_zero();
    for (std::size_t row = 0; row < Blames::kMostRows + 2; ++row) {
        verdict.process->name = std::to_string(row);
        report(verdict);
    }
    EXPECT_EQ(lines()[2],
              "3 events lost: something may have broken that is not here | 2 old rows no longer kept, with 2 "
              "breaks");
}

TEST_F(TopDashboard, KeepsTheChosenRowWhileOthersPassIt) {
    report_many(3);
    EXPECT_THAT(chosen(), HasSubstr("p00"));
    press(Key::kDown);
    EXPECT_THAT(chosen(), HasSubstr("p01"));
    model::Verdict verdict = samples::linger_zero();
    verdict.process->name = "p02";
    report(verdict, 5);
    EXPECT_THAT(lines()[3], HasSubstr("p02"));
    EXPECT_THAT(chosen(), HasSubstr("p01"));
    press(Key::kHome); // the first, whichever that is
    EXPECT_THAT(chosen(), HasSubstr("p02"));
    press(Key::kUp);
    EXPECT_THAT(chosen(), HasSubstr("p02"));
}

TEST_F(TopDashboard, ScrollsToTheChosenRow) {
    report_many(50);
    EXPECT_THAT(chosen(10), HasSubstr("p00"));
    press(Key::kEnd);
    EXPECT_THAT(chosen(10), HasSubstr("p49"));
    EXPECT_THAT(lines(100, 10).back(), HasSubstr("p49"));
    press(Key::kPageUp);
    EXPECT_THAT(chosen(10), HasSubstr("p42"));
    press(Key::kUp);
    EXPECT_THAT(chosen(10), HasSubstr("p41"));
    EXPECT_THAT(chosen(100), HasSubstr("p41"));
    EXPECT_EQ(lines(100, 100).size(), 53U); // no row is out of sight without need
}

TEST_F(TopDashboard, SortsByItsKeys) {
    report_many(2);
    model::Verdict verdict = samples::linger_zero();
    verdict.process->name = "zz";
    report(verdict, 2);
    EXPECT_THAT(lines()[3], HasSubstr("zz"));
    press(Key::kByProcess);
    EXPECT_THAT(lines()[1], HasSubstr("by PROCESS |"));
    EXPECT_THAT(lines()[2], HasSubstr("PROCESS▾"));
    EXPECT_THAT(lines()[3], HasSubstr("p00"));
    press(Key::kReverse);
    EXPECT_THAT(lines()[1], HasSubstr("by PROCESS, reversed"));
    EXPECT_THAT(lines()[3], HasSubstr("zz"));
    press(Key::kNextColumn);
    EXPECT_THAT(lines()[1], HasSubstr("by PEER |"));
    press(Key::kPreviousColumn, 2);
    EXPECT_THAT(lines()[1], HasSubstr("by LAST |"));
    press(Key::kByRate);
    EXPECT_THAT(lines()[1], HasSubstr("by RATE/s |"));
    press(Key::kByLast);
    EXPECT_THAT(lines()[1], HasSubstr("by LAST |"));
    press(Key::kByCount);
    EXPECT_THAT(lines()[1], HasSubstr("by COUNT |"));
}

TEST_F(TopDashboard, HoldsWhatIsShownAndCountsMeanwhile) {
    report(samples::linger_zero());
    lines();
    press(Key::kPause);
    report(samples::linger_zero(), 4);
    EXPECT_THAT(lines()[1], HasSubstr("paused"));
    EXPECT_THAT(lines()[3], HasSubstr(">        1 "));
    press(Key::kPause);
    EXPECT_THAT(lines()[1], Not(HasSubstr("paused")));
    EXPECT_THAT(lines()[3], HasSubstr(">        5 "));
}

TEST_F(TopDashboard, OpensTheNewestVerdictAsTheReportHasIt) {
    model::Verdict verdict = samples::peer_closed();
    report(verdict);
    verdict.monotonic_ns += 1'000'000'000;
    verdict.write->fd = 77;
    report(verdict);
    lines();
    press(Key::kEnter);
    EXPECT_THAT(lines()[0], HasSubstr("the newest of 2 | lines 1 to "));
    EXPECT_THAT(lines()[1], HasSubstr("14:02:12.532  SIGPIPE killed orders-api"));
    EXPECT_THAT(lines(), Contains(HasSubstr("write(fd 77")));
    EXPECT_THAT(lines(), Contains(HasSubstr("FIN ───")));
    for (const Key back : {Key::kEscape, Key::kEnter, Key::kQuit}) {
        EXPECT_TRUE(press(back));
        EXPECT_THAT(lines()[1], HasSubstr("by COUNT"));
        press(Key::kEnter);
    }
}

TEST_F(TopDashboard, ReportsAVerdictByTheTimeOfDayOfItsMoment) {
    report(samples::peer_closed());
    dashboard_.clock_set({samples::kMomentNs + 1, samples::kBootedAtNs + 3600'000'000'000});
    lines();
    press(Key::kEnter);
    EXPECT_THAT(lines()[1], HasSubstr("14:02:11.532"));
}

TEST_F(TopDashboard, ScrollsAVerdictDownAndAside) {
    report(samples::peer_closed());
    lines(40, 10);
    press(Key::kEnter);
    EXPECT_THAT(lines(40, 10)[1], HasSubstr("14:02:11"));
    press(Key::kDown);
    EXPECT_THAT(lines(40, 10)[0], HasSubstr("lines 2 to 10"));
    press(Key::kEnd);
    EXPECT_THAT(lines(40, 10).back(), HasSubstr("more"));
    press(Key::kHome);
    press(Key::kRight);
    EXPECT_EQ(lines(40, 10)[1].substr(0, 4), ".532"); // of 14:02:11.532
    press(Key::kLeft, 3);
    EXPECT_THAT(lines(40, 10)[1], HasSubstr("14:02:11"));
}

TEST_F(TopDashboard, HasAHelpAndAnEnd) {
    EXPECT_TRUE(press(Key::kHelp));
    EXPECT_THAT(lines(), Contains(HasSubstr("newest verdict")));
    EXPECT_TRUE(press(Key::kHelp));
    EXPECT_THAT(lines(), Contains(HasSubstr("nothing has broken")));
    EXPECT_TRUE(press(Key::kEscape));
    EXPECT_FALSE(press(Key::kQuit));
}

TEST_F(TopDashboard, ShowsANoteUntilSomethingBreaks) {
    dashboard_.note("nothing to watch so far");
    EXPECT_EQ(lines()[2], "nothing to watch so far");
    report(samples::linger_zero());
    EXPECT_THAT(lines(), Not(Contains("nothing to watch so far")));
}

TEST(TopScreenLine, IsCutWithoutTearingACharacter) {
    const Line line{{"ab", Ink::kBad}, {"宽c", Ink::kPlain}};
    EXPECT_EQ(text_of(part_of(line, 0, 3)), "ab");
    EXPECT_EQ(text_of(part_of(line, 0, 4)), "ab宽");
    EXPECT_EQ(text_of(part_of(line, 1, 9)), "b宽c");
    EXPECT_EQ(text_of(part_of(line, 4, 9)), "c");
    EXPECT_EQ(text_of(part_of(line, 9, 9)), "");
}

TEST(TopScreenLine, HasTheInksOfAReport) {
    const Style style(true);
    for (const Ink ink : {Ink::kStrong, Ink::kBad, Ink::kUnsure, Ink::kFaint}) {
        const auto lines = lines_of("a" + style.paint(ink, "b") + "c\n\nd");
        ASSERT_EQ(lines.size(), 3U);
        ASSERT_EQ(lines[0].size(), 3U);
        EXPECT_EQ(lines[0][1].ink, ink);
        EXPECT_EQ(lines[0][1].text, "b");
        EXPECT_EQ(lines[0][2].ink, Ink::kPlain);
        EXPECT_TRUE(lines[1].empty());
        EXPECT_EQ(text_of(lines[2]), "d");
    }
}

TEST(TopScroll, StaysWithinWhatThereIs) {
    EXPECT_EQ(moved(0, Key::kUp, 9, 5), 0U);
    EXPECT_EQ(moved(9, Key::kDown, 9, 5), 9U);
    EXPECT_EQ(moved(7, Key::kPageDown, 9, 5), 9U);
    EXPECT_EQ(moved(7, Key::kPageUp, 9, 5), 2U);
    EXPECT_EQ(moved(12, Key::kNone, 9, 5), 9U);
    EXPECT_EQ(first_in_sight(0, 7, 10, 5), 3U);
    EXPECT_EQ(first_in_sight(5, 2, 10, 5), 2U);
    EXPECT_EQ(first_in_sight(8, 9, 10, 5), 5U);
    EXPECT_EQ(first_in_sight(3, 0, 0, 0), 0U);
}

} // namespace
} // namespace tcpblame::render
