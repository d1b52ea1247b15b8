#include "render/recurring.hpp"

#include "render/report.hpp"
#include "render/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kQuarter = 250'000'000;

std::size_t times(std::string_view text, std::string_view words) {
    std::size_t found = 0;
    for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++found;
    return found;
}

/// A probe, four times a second, by a process of its own each time.
model::Verdict probe(std::uint16_t number) {
    model::Verdict verdict = samples::one_of_many(static_cast<std::uint16_t>(5000 + number), number * kQuarter);
    verdict.connection->opened_by = model::OpenedBy::kPeer;
    std::swap(verdict.connection->tuple.local, verdict.connection->tuple.remote);
    verdict.peer->process.pid = verdict.peer->process.tid = 100U + number;
    return verdict;
}

struct Watched {
    samples::Collected data;
    Report report{{.width = 120}, data.sink(), {}};

    Watched() { report.start(samples::run_start()); }
    void probes(std::uint16_t from, std::uint16_t until) {
        for (std::uint16_t number = from; number < until; ++number) report.verdict(probe(number));
    }
};

TEST(Recurring, IsAFewVerdictsAndThenALineInTenSeconds) {
    Watched watched;
    watched.probes(0, 40);
    EXPECT_EQ(times(watched.data.text, "  cause   "), 4U) << watched.data.text;
    EXPECT_EQ(times(watched.data.text, " more like this in "), 0U);
    watched.probes(40, 80);
    EXPECT_EQ(times(watched.data.text, "  cause   "), 4U);
    EXPECT_EQ(times(watched.data.text, "… and 40 more like this in "), 1U) << watched.data.text;
    watched.report.end(samples::run_end());
    EXPECT_EQ(times(watched.data.text, " more like this in "), 2U) << "none is lost";
    EXPECT_THAT(watched.data.text, HasSubstr("… and 36 more like this in "));
}

TEST(Recurring, EndsWhenItIsQuiet) {
    Watched watched;
    watched.probes(0, 12);
    watched.report.flush(samples::kMomentNs + 11 * kQuarter + 4 * kQuarter * 5);
    EXPECT_EQ(times(watched.data.text, "… and 8 more like this in "), 1U) << watched.data.text;
    watched.probes(100, 101);
    EXPECT_EQ(times(watched.data.text, "  cause   "), 5U) << "it begins anew";
}

TEST(Recurring, HidesNoDeathAndNothingThatDiffers) {
    using Change = void (*)(model::Verdict&);
    const std::vector<Change> changes = {
        [](model::Verdict& verdict) { verdict.disposition = model::Disposition::kKilled; },
        [](model::Verdict& verdict) { verdict.peer->process.name = "another"; },
        [](model::Verdict& verdict) { verdict.peer->unread = 7; },
        [](model::Verdict& verdict) { verdict.connection->tuple.remote = samples::ipv4(8, 80); },
        [](model::Verdict& verdict) { verdict.confidence = model::Confidence::kInferred; },
    };
    for (const Change change : changes) {
        Watched watched;
        watched.probes(0, 20);
        model::Verdict verdict = probe(20);
        change(verdict);
        watched.report.verdict(verdict);
        watched.report.flush(verdict.monotonic_ns + 2 * kQuarter * 4);
        EXPECT_EQ(times(watched.data.text, "  cause   "), 5U) << "change " << (&change - changes.data());
    }
}

TEST(Recurring, ShowsEachDeath) {
    Watched watched;
    for (std::uint16_t number = 0; number < 20; ++number) {
        model::Verdict verdict = probe(number);
        verdict.disposition = model::Disposition::kKilled;
        watched.report.verdict(verdict);
    }
    watched.report.end(samples::run_end());
    EXPECT_EQ(times(watched.data.text, "  cause   "), 20U);
    EXPECT_THAT(watched.data.text, Not(HasSubstr(" more like this in ")));
}

} // namespace
} // namespace tcpblame::render
