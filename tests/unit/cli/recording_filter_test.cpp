#include "cli/replay/merged_replay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tcpblame::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Heard : public render::Output {
public:
    void start(const model::RunStart& /*start*/) override {}
    void verdict(const model::Verdict& verdict) override { verdicts.push_back(verdict); }
    void lost(const model::LostEvents& lost) override { losses.push_back(lost); }
    void clock_set(const model::ClockSet& set) override { settings.push_back(set); }
    void end(const model::RunEnd& /*end*/) override {}

    std::vector<std::uint64_t> moments() const {
        std::vector<std::uint64_t> moments;
        moments.reserve(verdicts.size());
        for (const model::Verdict& verdict : verdicts) moments.push_back(verdict.monotonic_ns);
        return moments;
    }

    std::vector<model::Verdict> verdicts;
    std::vector<model::LostEvents> losses;
    std::vector<model::ClockSet> settings;
};

model::Verdict at(std::uint64_t monotonic_ns) {
    model::Verdict verdict;
    verdict.monotonic_ns = monotonic_ns;
    verdict.cause = model::Cause::kPeerClosed;
    return verdict;
}

/// The end of a connection that ended well, whose other end is there.
model::Verdict well(const std::string& id, const std::string& other_host, const std::string& other_id) {
    model::Verdict verdict;
    verdict.kind = model::VerdictKind::kTeardown;
    verdict.cause = model::Cause::kOrderly;
    verdict.connection = model::ConnectionFacts{};
    verdict.connection->id = id;
    if (!other_host.empty()) verdict.joined = model::JoinedEnd{other_host, other_id, {}};
    return verdict;
}

class RecordingFilters : public testing::Test {
protected:
    RecordingFilter recording_filter(RecordingFilter::Place place, const Span& span = {}) {
        return {options, span, std::move(place), merge_state, publisher};
    }

    ReplayOptions options;
    MergeState merge_state;
    Heard heard;
    VerdictPublisher publisher{heard, nullptr, std::nullopt};
};

TEST_F(RecordingFilters, ReportOfTheirTimeAlone) {
    RecordingFilter one = recording_filter({}, {10, 20});
    for (const std::uint64_t moment : {9U, 10U, 20U, 21U}) one.verdict(at(moment));
    EXPECT_THAT(heard.moments(), ElementsAre(10, 20));
    EXPECT_EQ(publisher.tally().reported(), 2U);
}

TEST_F(RecordingFilters, CountWhatIsNotAskedFor) {
    options.selection.ports = {80};
    options.errors_only = true;
    RecordingFilter one = recording_filter({});
    one.verdict(at(1));
    one.verdict(at(2));
    one.verdict(well("1a", "", ""));
    EXPECT_THAT(heard.verdicts, IsEmpty());
    EXPECT_EQ(merge_state.passed_over.reported(), 2U);
}

TEST_F(RecordingFilters, ReportOfATimeThatTheClockShowed) {
    RecordingFilter one =
        recording_filter({"web1", false, {}, true}, {.since_realtime_ns = 110, .until_realtime_ns = 120});
    one.verdict(at(5));
    one.clock_set({10, 100});
    for (const std::uint64_t moment : {9U, 10U, 20U, 21U}) one.verdict(at(moment));
    EXPECT_THAT(heard.moments(), ElementsAre(10, 20));
}

TEST_F(RecordingFilters, ReportTheTimeOfDayOfOneOfThem) {
    RecordingFilter other = recording_filter({"db1", true, {}, false});
    other.clock_set({10, 100});
    EXPECT_THAT(heard.settings, IsEmpty());
    EXPECT_EQ(merge_state.clock.offset_at(10), 0);
    recording_filter({"web1", true, {}, true}).clock_set({20, 200});
    EXPECT_THAT(heard.settings, ElementsAre(model::ClockSet{20, 200}));
    EXPECT_EQ(merge_state.clock.offset_at(20), 200);
}

TEST_F(RecordingFilters, SayWhereTheyAreWhereThereAreSeveral) {
    recording_filter({"web1", true, {}}).verdict(at(1));
    recording_filter({"web1", true, {}}).lost({.count = 2, .cpu = {}});
    recording_filter({"web1", false, {}}).verdict(at(1));
    EXPECT_EQ(heard.verdicts.at(0).host, "web1");
    EXPECT_EQ(heard.losses.at(0).host, "web1");
    EXPECT_EQ(heard.verdicts.at(1).host, "");
}

TEST_F(RecordingFilters, ReportNoMoreThanTheirRunWasToTell) {
    RecordingFilter one = recording_filter({"web1", true, 2});
    RecordingFilter other = recording_filter({"db1", true, {}});
    for (const std::uint64_t moment : {1U, 2U, 3U}) {
        one.verdict(at(moment));
        other.verdict(at(10 + moment));
    }
    EXPECT_THAT(heard.moments(), ElementsAre(1, 11, 2, 12, 13));
}

TEST_F(RecordingFilters, ReportAConnectionThatEndedWellOnce) {
    RecordingFilter near = recording_filter({"web1", true, {}});
    RecordingFilter far = recording_filter({"db1", true, {}});
    near.verdict(well("1a", "db1", "2b"));
    far.verdict(well("2b", "web1", "1a"));
    EXPECT_EQ(heard.verdicts.size(), 1U);
    far.verdict(well("2c", "web1", "1b"));
    near.verdict(well("1b", "db1", "2c"));
    EXPECT_EQ(heard.verdicts.size(), 2U);
    near.verdict(well("1c", "", ""));
    far.verdict(well("1c", "", ""));
    EXPECT_EQ(heard.verdicts.size(), 4U) << "these are not joined";
}

TEST_F(RecordingFilters, ReportAnEndWhoseOtherOneWasNotAskedFor) {
    options.selection.ports = {80};
    RecordingFilter near = recording_filter({"web1", true, {}});
    near.verdict(well("1a", "db1", "2b"));
    EXPECT_THAT(heard.verdicts, IsEmpty());
    options.selection.ports.clear();
    recording_filter({"db1", true, {}}).verdict(well("2b", "web1", "1a"));
    EXPECT_EQ(heard.verdicts.size(), 1U);
}

} // namespace
} // namespace tcpblame::cli
