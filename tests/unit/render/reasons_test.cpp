// What stands behind an end, on the screen and in JSON.
#include "render/ndjson.hpp"
#include "render/report.hpp"
#include "render/samples.hpp"
#include "render/shown.hpp"
#include "render/wording/reasons.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tcpblame::render {
namespace {

using testing::HasSubstr;
using testing::Not;

model::Reason killed_peer() {
    model::Reason reason;
    reason.code = model::ReasonCode::kKilled;
    reason.confidence = model::Confidence::kObserved;
    reason.at_ns = -400'000'000;
    reason.process = model::Process{};
    reason.process->pid = 27813;
    reason.process->name = "worker";
    reason.signal = 9;
    reason.evidence = {{1, 7}};
    return reason;
}

model::Reason full_queue() {
    model::Reason reason;
    reason.code = model::ReasonCode::kQueueFull;
    reason.confidence = model::Confidence::kInferred;
    reason.queue = model::AcceptQueue{2, 1, 3, false};
    return reason;
}

std::string json_of(const model::Verdict& verdict) {
    std::string text;
    Ndjson([&text](std::string_view line) { text += line; }).verdict(verdict);
    return text;
}

TEST(Reasons, SayWhoWasKilled) { EXPECT_EQ(reason_words(killed_peer()), "worker (pid 27813) was killed by SIGKILL"); }

TEST(Reasons, GiveAQueueInNumbers) {
    EXPECT_EQ(reason_words(full_queue()), "the queue of the listener was too short: 2 of 1 (its backlog) waited to be "
                                          "accepted when the RST was sent, and "
                                          "3 segments had been dropped since it listens");
}

TEST(Reasons, SayWhoDoesNotRead) {
    model::Reason reason = killed_peer();
    reason.code = model::ReasonCode::kWindowClosed;
    reason.bytes = 65536;
    EXPECT_EQ(reason_words(reason), "the peer's window was closed: its host answered, and worker (pid 27813) did not "
                                    "read, with 65,536 B unread");
    reason.process.reset();
    EXPECT_THAT(reason_words(reason), HasSubstr("and its program did not read"));
}

model::Reason idle_for(std::uint64_t ms) {
    model::Reason reason = killed_peer();
    reason.code = model::ReasonCode::kIdle;
    reason.signal = 0;
    reason.lasted_ns = ms * 1'000'000;
    return reason;
}

TEST(Reasons, SayHowLongNobodySentAndWhoseTimersWaitSoLong) {
    EXPECT_EQ(reason_words(idle_for(75'002)),
              "nobody had sent data for 75.0 s when worker (pid 27813) closed, as by an "
              "idle timer; 75 s is nginx's keepalive_timeout");
    EXPECT_THAT(reason_words(idle_for(4'996)), HasSubstr("; 5 s is Node.js's server.keepAliveTimeout, Apache httpd's"))
        << "short by a jiffy";
    EXPECT_THAT(reason_words(idle_for(4'980)), Not(HasSubstr(";")));
    EXPECT_THAT(reason_words(idle_for(5'400)), Not(HasSubstr(";")));
    EXPECT_THAT(reason_words(idle_for(7'000)), Not(HasSubstr(";"))) << "no timer is known that waits so long";
}

TEST(Reasons, SayWhatWasNotAnswered) {
    model::Reason reason = idle_for(1'200);
    reason.code = model::ReasonCode::kUnanswered;
    EXPECT_EQ(reason_words(reason),
              "worker (pid 27813) sent nothing after what it was sent last, 1.2 s before it closed");
    model::Verdict verdict = samples::peer_closed();
    verdict.why = {reason};
    EXPECT_THAT(json_of(verdict), HasSubstr(R"("code":"unanswered")"));
    EXPECT_THAT(json_of(verdict), HasSubstr(R"("lasted_ns":1200000000)"));
}

TEST(Reasons, HaveASentenceEach) {
    for (int code = 0; !model::code_of(static_cast<model::ReasonCode>(code)).empty(); ++code) {
        model::Reason reason;
        reason.code = static_cast<model::ReasonCode>(code);
        EXPECT_NE(reason_words(reason), "") << model::code_of(reason.code);
    }
}

TEST(Reasons, AreALineOfJsonEach) {
    model::Verdict verdict = samples::peer_closed();
    verdict.why = {killed_peer(), full_queue()};
    EXPECT_THAT(
        json_of(verdict),
        HasSubstr(R"("why":[{"code":"killed","confidence":"observed","summary":"worker (pid 27813) was killed by )"
                  R"(SIGKILL","at_ns":-400000000,"process":{"pid":27813,"name":"worker"},"signal":"SIGKILL",)"
                  R"("evidence":["1:7"]},{"code":"queue-full","confidence":"inferred",)"));
    EXPECT_THAT(json_of(verdict), HasSubstr(R"("queue":2,"backlog":1,"dropped":3,"evidence":[]})"));
    EXPECT_THAT(json_of(samples::peer_closed()), Not(HasSubstr("why")));
}

TEST(Reasons, AreShownThreeAtMostButForWhoeverAsksForAll) {
    model::Verdict verdict = samples::peer_closed();
    verdict.why = {killed_peer(), killed_peer(), killed_peer(), full_queue()};
    const auto shown = [&verdict](bool verbose) {
        std::string text;
        ReportOptions options;
        options.verbose = verbose;
        Report report(options, [&text](std::string_view part) { text += part; }, {});
        report.verdict(verdict);
        report.flush(samples::kMomentNs + 10'000'000'000);
        return text;
    };
    EXPECT_THAT(shown(false), HasSubstr("  why     worker (pid 27813) was killed by SIGKILL"));
    EXPECT_THAT(shown(false), Not(HasSubstr("backlog")));
    EXPECT_THAT(shown(true), HasSubstr("backlog"));
}

TEST(Reasons, ALossIsNotCalledNothingWhereThePeersProgramDidNotRead) {
    model::Verdict verdict = samples::peer_closed();
    verdict.bytes = {0, 0, 5, 0, 5};
    EXPECT_THAT(json_of(verdict), HasSubstr(R"("unread_by_peer":5)"));
    std::string text;
    Report report({}, [&text](std::string_view part) { text += part; }, {});
    report.verdict(verdict);
    report.flush(samples::kMomentNs + 10'000'000'000);
    EXPECT_THAT(text, HasSubstr("  lost    5 B: acknowledged by its kernel, never read by its program\n"));
    EXPECT_THAT(text, Not(HasSubstr("nothing:")));
}

} // namespace
} // namespace tcpblame::render
