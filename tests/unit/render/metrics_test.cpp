#include "render/metrics.hpp"

#include "render/samples.hpp"

#include <cerrno>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

namespace tcpblame::render {
namespace {

using model::Cause;
using testing::HasSubstr;
using testing::Not;

model::Verdict failed_write(Cause cause, int error, model::Disposition disposition) {
    model::Verdict verdict;
    verdict.cause = cause;
    verdict.write.emplace().error = error;
    verdict.disposition = disposition;
    return verdict;
}

model::Verdict teardown(Cause cause, bool write_failed) {
    model::Verdict verdict;
    verdict.kind = model::VerdictKind::kTeardown;
    verdict.cause = cause;
    verdict.confidence = model::Confidence::kObserved;
    verdict.write_failed = write_failed;
    return verdict;
}

model::Reason idle(std::uint64_t seconds) {
    model::Reason reason;
    reason.code = model::ReasonCode::kIdle;
    reason.lasted_ns = seconds * 1'000'000'000;
    return reason;
}

std::string text_of(const MetricCounts& counts) { return metrics_text(counts, {.version = "1.2.3"}); }

TEST(Metrics, WhatIsUsualIsThereFromTheStart) {
    const std::string text = text_of({});
    EXPECT_THAT(text,
                HasSubstr(R"(tcpblame_failed_writes_total{cause="peer-closed",error="EPIPE",disposition="killed"} 0)"
                          "\n"));
    EXPECT_THAT(text, HasSubstr(R"({cause="peer-aborted",error="ECONNRESET",disposition="no-signal"} 0)"));
    EXPECT_THAT(text, HasSubstr(R"(tcpblame_broken_connections_total{cause="timed-out",confidence="inferred"} 0)"));
    EXPECT_THAT(text, HasSubstr(R"(tcpblame_reasons_total{code="passed-on"} 0)"));
    EXPECT_THAT(text, HasSubstr("tcpblame_idle_before_close_seconds_count 0\n"));
    EXPECT_THAT(text, HasSubstr(R"(tcpblame_build_info{version="1.2.3"} 1)"));
    EXPECT_THAT(text, Not(HasSubstr(R"(cause="orderly")")));
}

/// As https://prometheus.io/docs/instrumenting/exposition_formats/ has it.
TEST(Metrics, EachSeriesIsThereOnceAndBelowItsFamily) {
    std::istringstream lines(text_of({}));
    std::set<std::string> seen;
    std::string family;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# TYPE ")) family = line.substr(7, line.find(' ', 7) - 7);
        if (line.starts_with('#')) continue;
        EXPECT_TRUE(line.starts_with(family)) << line;
        EXPECT_TRUE(seen.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
    EXPECT_LT(seen.size(), 250U) << "each costs whoever stores it";
}

TEST(Metrics, ABreakCountsOnce) {
    MetricCounts counts;
    model::Verdict write = failed_write(Cause::kPeerClosed, EPIPE, model::Disposition::kKilled);
    write.why = {idle(5)};
    model::Verdict end = teardown(Cause::kPeerClosed, true);
    end.why = {idle(5)};
    count(counts, write);
    count(counts, end);
    const std::string text = text_of(counts);
    EXPECT_THAT(text, HasSubstr(R"({cause="peer-closed",error="EPIPE",disposition="killed"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(tcpblame_broken_connections_total{cause="peer-closed",confidence="observed"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(tcpblame_reasons_total{code="idle"} 1)"));
    EXPECT_THAT(text, HasSubstr("tcpblame_idle_before_close_seconds_count 1\n"));
}

TEST(Metrics, ATeardownAloneBringsItsReasons) {
    MetricCounts counts;
    model::Verdict end = teardown(Cause::kPeerAborted, false);
    end.why = {idle(350)};
    count(counts, end);
    const std::string text = text_of(counts);
    EXPECT_THAT(text, HasSubstr(R"(tcpblame_reasons_total{code="idle"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(_bucket{le="300"} 0)"));
    EXPECT_THAT(text, HasSubstr(R"(_bucket{le="360"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(_bucket{le="+Inf"} 1)"));
    EXPECT_THAT(text, HasSubstr("tcpblame_idle_before_close_seconds_sum 350.000\n"));
}

TEST(Metrics, WhatIsNoBrokenConnectionIsNotCountedAsOne) {
    MetricCounts counts;
    count(counts, teardown(Cause::kOrderly, false));
    count(counts, failed_write(Cause::kPipeReaderGone, EPIPE, model::Disposition::kKilled));
    count(counts, failed_write(Cause::kSentByProcess, 0, model::Disposition::kKilled));
    const std::string text = text_of(counts);
    EXPECT_THAT(text, HasSubstr(R"({cause="pipe-reader-gone",error="EPIPE",disposition="killed"} 1)"));
    EXPECT_THAT(text, Not(HasSubstr(R"(broken_connections_total{cause="pipe-reader-gone")")));
    EXPECT_THAT(text, Not(HasSubstr(R"(cause="sent-by-process")")));
    EXPECT_THAT(text, HasSubstr("tcpblame_sigpipes_sent_total 1\n"));
}

TEST(Metrics, AnErrorWithoutANameHereIsAnother) {
    MetricCounts counts;
    count(counts, failed_write(Cause::kUnknown, 5, model::Disposition::kNone));
    EXPECT_THAT(text_of(counts), HasSubstr(R"({cause="unknown",error="other",disposition="no-signal"} 1)"));
}

TEST(Metrics, WhatWasMissedIsSaid) {
    MetricCounts counts;
    counts.events_lost = 7;
    counts.evicted = 3;
    EXPECT_THAT(text_of(counts), HasSubstr("tcpblame_events_lost_total 7\n"));
    EXPECT_THAT(text_of(counts), HasSubstr("tcpblame_evidence_evicted_total 3\n"));
}

model::Verdict broken_for(const std::string& name, const std::string& cgroup) {
    model::Verdict verdict = failed_write(Cause::kPeerClosed, EPIPE, model::Disposition::kKilled);
    verdict.process.emplace().name = name;
    verdict.process->cgroup = cgroup;
    return verdict;
}

TEST(Metrics, NamesAreThereOnlyWhereTheyAreAskedFor) {
    MetricCounts counts;
    count(counts, broken_for("nginx", "/system.slice/nginx.service"));
    EXPECT_THAT(text_of(counts), Not(HasSubstr("nginx")));
    counts.names = MetricNames::kUnit;
    count(counts, broken_for("nginx", "/system.slice/nginx.service"));
    EXPECT_THAT(text_of(counts), HasSubstr(R"(tcpblame_breaks_total{unit="nginx.service",peer_unit=""} 1)"));
    counts.names = MetricNames::kPod;
    count(counts,
          broken_for("nginx", "/kubepods/burstable/pod8e1f0c2a-1b2c-4d3e-8f90-a1b2c3d4e5f6/" + std::string(64, 'a')));
    EXPECT_THAT(text_of(counts), HasSubstr(R"({pod="8e1f0c2a-1b2c-4d3e-8f90-a1b2c3d4e5f6",peer_pod=""} 1)"));
    count(counts, samples::in_pods());
    EXPECT_THAT(text_of(counts), HasSubstr(R"({pod="shop/api-7c9",peer_pod="shop/cart-5d8"} 1)"));
}

TEST(Metrics, ANameThatAProcessHasChosenBreaksNoLine) {
    MetricCounts counts;
    counts.names = MetricNames::kProcess;
    count(counts, broken_for("a\"}\n\\ 1", ""));
    EXPECT_THAT(text_of(counts), HasSubstr(R"({process="a\"}\\x0a\\ 1",peer_process=""} 1)"));
}

TEST(Metrics, NamesAreBoundedAndNoneIsLostFromTheSum) {
    MetricCounts counts;
    counts.names = MetricNames::kProcess;
    for (int each = 0; each < 1000; ++each) count(counts, broken_for(std::to_string(each), ""));
    EXPECT_EQ(counts.named.size(), 101);
    EXPECT_THAT(text_of(counts), HasSubstr(R"({process="other",peer_process="other"} 900)"));
}

} // namespace
} // namespace tcpblame::render
