#include "render/crowds.hpp"

#include "render/ndjson.hpp"
#include "render/report.hpp"
#include "render/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::uint64_t kMillisecond = 1'000'000;

/// A screen, and what was put on it.
class Screen {
public:
    explicit Screen(const ReportOptions& options = {.width = 120}) : report_(options, data_.sink(), {}) {
        report_.start(samples::run_start());
    }

    Report& report() { return report_; }
    const std::string& text() const { return data_.text; }
    std::string last_line() const { return samples::lines_of(data_.text).back(); }
    /// Verdicts in full.
    std::size_t reported() const { return count("  cause   "); }
    std::size_t summed_up() const { return count(" more like this in "); }

    void many(std::uint16_t how_many, std::uint64_t apart_ns = 0, std::uint64_t from_ns = 0) {
        for (std::uint16_t index = 0; index < how_many; ++index)
            report_.verdict(samples::one_of_many(static_cast<std::uint16_t>(4001 + index), from_ns + index * apart_ns));
    }

private:
    std::size_t count(std::string_view words) const {
        std::size_t found = 0;
        for (std::size_t at = data_.text.find(words); at != std::string::npos; at = data_.text.find(words, at + 1))
            ++found;
        return found;
    }

    samples::Collected data_;
    Report report_;
};

TEST(Crowds, AreThreeVerdictsAndOneLine) {
    Screen screen;
    screen.many(1000, 800 * kMillisecond / 999);
    EXPECT_EQ(screen.reported(), 3U);
    EXPECT_EQ(screen.summed_up(), 0U);
    screen.report().end(samples::run_end());
    EXPECT_EQ(screen.reported(), 3U);
    EXPECT_THAT(
        screen.text(),
        HasSubstr("\n\n… and 997 more like this in 800 ms: peer-aborted, EPIPE in chatty (pid 12) ← server (pid 13): "
                  "close() with 1 B unread;\n"
                  "  all with 127.0.0.7:4777, first from 127.0.0.1:4004, last from 127.0.0.1:5000; "
                  "1994 B unacknowledged\n\n"));
    EXPECT_LT(samples::lines_of(screen.text()).size(), 33U);
}

TEST(Crowds, FitTheNarrowestScreen) {
    for (const bool unicode : {true, false}) {
        Screen screen({.color = true, .unicode = unicode});
        screen.many(50);
        screen.report().end(samples::run_end());
        EXPECT_THAT(screen.text(), HasSubstr(unicode ? "… " : "... "));
        for (const std::string& line : samples::lines_of(samples::uncolored(screen.text())))
            EXPECT_LE(display_width(line), 80U) << line;
    }
}

TEST(Crowds, BeginWithTheEleventh) {
    Screen ten;
    ten.many(10);
    EXPECT_EQ(ten.reported(), 3U) << "it may still become a crowd";
    ten.report().end(samples::run_end());
    EXPECT_EQ(ten.reported(), 10U);
    EXPECT_EQ(ten.summed_up(), 0U);
    Screen eleven;
    eleven.many(11);
    eleven.report().end(samples::run_end());
    EXPECT_EQ(eleven.reported(), 3U);
    EXPECT_THAT(eleven.text(), HasSubstr("… and 8 more like this in 0 ms"));
}

TEST(Crowds, AreReportedWhenTheirSecondIsOver) {
    Screen screen;
    screen.many(20);
    screen.report().flush(samples::kMomentNs + 1000 * kMillisecond);
    EXPECT_EQ(screen.summed_up(), 0U);
    screen.report().flush(samples::kMomentNs + 1000 * kMillisecond + 1);
    EXPECT_EQ(screen.summed_up(), 1U);
    EXPECT_THAT(screen.text(), HasSubstr("… and 17 more"));
    screen.report().flush(samples::kMomentNs + 9000 * kMillisecond);
    EXPECT_EQ(screen.summed_up(), 1U);
}

TEST(Crowds, AreReportedBeforeTheVerdictThatComesAfterTheirSecond) {
    Screen screen;
    screen.many(20);
    model::Verdict later = samples::pipe();
    later.monotonic_ns += 1500 * kMillisecond;
    screen.report().verdict(later);
    EXPECT_LT(screen.text().find("… and 17 more"), screen.text().find("SIGPIPE killed seq"));
}

TEST(Crowds, LetTheWaitingGoWhenTheSecondIsOver) {
    Screen screen;
    screen.many(5);
    EXPECT_EQ(screen.reported(), 3U);
    screen.report().flush(samples::kMomentNs + 1001 * kMillisecond);
    EXPECT_EQ(screen.reported(), 5U);
}

TEST(Crowds, AreNotMadeOfWhatComesSlowly) {
    Screen screen;
    for (std::uint16_t index = 0; index < 40; ++index) {
        model::Verdict verdict =
            samples::one_of_many(static_cast<std::uint16_t>(4001 + index), index * 101 * kMillisecond);
        verdict.peer->process.name += std::to_string(index); // broken by another each time
        screen.report().verdict(verdict);
    }
    screen.report().end(samples::run_end());
    EXPECT_EQ(screen.reported(), 40U);
    EXPECT_EQ(screen.summed_up(), 0U);
}

TEST(Crowds, ThatGoOnAreNotShownFromTheirBeginningAgain) {
    Screen screen;
    screen.many(3000, kMillisecond);
    screen.report().end(samples::run_end());
    EXPECT_EQ(screen.reported(), 3U);
    EXPECT_EQ(screen.summed_up(), 2U);
    EXPECT_THAT(screen.text(), HasSubstr("… and 997 more like this in 999 ms"));
    EXPECT_THAT(screen.text(), HasSubstr("… and 2000 more like this in 2.0 s"));
}

TEST(Crowds, ThatEndedBeginAnew) {
    Screen screen;
    screen.many(20);
    screen.many(20, 0, 60'000 * kMillisecond);
    screen.report().end(samples::run_end());
    EXPECT_EQ(screen.reported(), 6U);
    EXPECT_EQ(screen.summed_up(), 2U);
}

TEST(Crowds, HideNothingThatDiffers) {
    using Change = void (*)(model::Verdict&);
    const std::vector<Change> changes = {
        [](model::Verdict& verdict) { verdict.kind = model::VerdictKind::kTeardown; },
        [](model::Verdict& verdict) { verdict.cause = model::Cause::kPeerClosed; },
        [](model::Verdict& verdict) { verdict.confidence = model::Confidence::kInferred; },
        [](model::Verdict& verdict) { verdict.disposition = model::Disposition::kKilled; },
        [](model::Verdict& verdict) { verdict.modifiers = {model::Modifier::kErrorAlreadyTaken}; },
        [](model::Verdict& verdict) { verdict.peer->act = model::Act::kExit; },
        [](model::Verdict& verdict) { verdict.peer.reset(); },
        [](model::Verdict& verdict) { verdict.process->pid = 14; },
        [](model::Verdict& verdict) { verdict.process->name = "quiet"; },
        [](model::Verdict& verdict) { verdict.write->error = 104; },
    };
    for (const Change change : changes) {
        Screen screen;
        screen.many(20);
        model::Verdict verdict = samples::one_of_many(9, 0);
        change(verdict);
        screen.report().verdict(verdict);
        EXPECT_EQ(screen.reported(), 4U) << "change " << (&change - changes.data());
    }
}

TEST(Crowds, SayLessOfPeersThatDiffer) {
    const auto sum = [](void (*change)(model::Verdict&)) {
        Screen screen;
        screen.many(15);
        model::Verdict verdict = samples::one_of_many(5003, 0);
        change(verdict);
        screen.report().verdict(verdict);
        screen.report().flush(samples::kMomentNs + 2000 * kMillisecond);
        return screen.text().substr(screen.text().find("… and"));
    };
    EXPECT_THAT(sum([](model::Verdict& verdict) { verdict.peer->process.pid = 14; }),
                HasSubstr("← close() with 1 B unread; all"));
    EXPECT_THAT(sum([](model::Verdict& verdict) { verdict.peer->unread = 2; }),
                HasSubstr("← server (pid 13): close; all"));
    EXPECT_THAT(sum([](model::Verdict& verdict) { verdict.connection->tuple.remote = samples::ipv4(8, 80); }),
                HasSubstr("unread;\n  first 127.0.0.7:4777, last 10.0.0.8:80; "));
    EXPECT_THAT(sum([](model::Verdict& verdict) { verdict.connection.reset(); }),
                HasSubstr("unread; 26 B\n  unacknowledged\n"));
}

TEST(Crowds, AreFoundAmongVerdictsThatAreReportedLate) {
    Screen screen;
    screen.report().flush(samples::kMomentNs + 5000 * kMillisecond);
    for (int burst = 0; burst < 4; ++burst) {
        screen.many(5, kMillisecond);
        screen.report().flush(samples::kMomentNs + 5000 * kMillisecond + static_cast<unsigned>(burst) * kMillisecond);
    }
    screen.report().end(samples::run_end());
    EXPECT_EQ(screen.reported(), 3U);
    EXPECT_THAT(screen.text(), HasSubstr("… and 17 more like this in 4.0 ms"));
}

TEST(Crowds, LetNoProcessSteerTheTerminal) {
    Screen screen;
    for (int count = 0; count < 20; ++count) screen.report().verdict(samples::hostile());
    screen.report().end(samples::run_end());
    EXPECT_EQ(screen.summed_up(), 1U);
    for (const std::string& line : samples::lines_of(screen.text())) {
        EXPECT_EQ(line, printable(line, kAnyWidth));
        EXPECT_LE(display_width(line), 120U) << line;
    }
}

TEST(Crowds, SurviveMomentsThatNoClockShows) {
    Screen screen;
    for (const std::uint64_t moment : {UINT64_MAX, std::uint64_t{0}, UINT64_MAX})
        for (int count = 0; count < 20; ++count) {
            model::Verdict verdict = samples::one_of_many(4001, 0);
            verdict.monotonic_ns = moment;
            verdict.connection->id.clear(); // else they are later ones of one connection
            screen.report().verdict(verdict);
        }
    screen.report().flush(0);
    screen.report().flush(UINT64_MAX);
    screen.report().end(samples::run_end());
    EXPECT_GE(screen.reported(), 3U);
}

TEST(Crowds, AreNotMadeForPrograms) {
    samples::Collected seen;
    Ndjson ndjson(seen.sink());
    for (int count = 0; count < 100; ++count) ndjson.verdict(samples::one_of_many(4001, 0));
    ndjson.flush(samples::kMomentNs * 2);
    EXPECT_EQ(seen.pieces, 100);
}

} // namespace
} // namespace tcpblame::render
