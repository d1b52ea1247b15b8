// When a close is put down to an idle timer, or said to have come before an answer, and when not.
#include "reconstruct/attribution_fixture.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

std::string codes_of(const Verdict& verdict) {
    std::string codes;
    for (const Reason& reason : verdict.why) codes += (codes.empty() ? "" : " ") + std::string(code_of(reason.code));
    return codes;
}

/// The peer closes when nobody has sent for `ms`; then we write twice.
struct AfterSilence : Attribution {
    void silent_for(std::uint32_t ms, LastSender last_of_ours) {
        c.send(c.us, 100);
        c.us.idle = {ms, last_of_ours};
        c.peer.idle = {ms, last_of_ours == LastSender::kUs     ? LastSender::kPeer
                           : last_of_ours == LastSender::kPeer ? LastSender::kUs
                                                               : LastSender::kUnknown};
    }
    Verdict write_into_it() {
        scene.after(100 * kMs);
        c.write_is_answered(c.us, 512);
        scene.after(kMs);
        c.fail_write(c.us);
        return write();
    }
    std::string why_after(std::uint32_t ms, LastSender last_of_ours = LastSender::kPeer) {
        silent_for(ms, last_of_ours);
        c.close(c.peer);
        return codes_of(write_into_it());
    }
};

struct RemoteAfterSilence : AfterSilence {
    RemoteAfterSilence() { c.peer.here = false; }
};

TEST_F(AfterSilence, ACloseAtARoundTimeIsLikeAnIdleTimers) {
    silent_for(5'004, LastSender::kPeer);
    c.close(c.peer);
    const Verdict verdict = write_into_it();
    ASSERT_EQ(codes_of(verdict), "idle");
    const Reason& idle = verdict.why.front();
    EXPECT_EQ(idle.confidence, Confidence::kInferred);
    EXPECT_EQ(idle.lasted_ns, 5'004 * kMs);
    ASSERT_TRUE(idle.process);
    EXPECT_EQ(idle.process->pid, 77U);
    EXPECT_EQ(idle.evidence, (std::vector<EventId>{{0, 1}})) << "the FIN, as the socket that sends it has it";
    ASSERT_TRUE(idle.at_ns && verdict.peer);
    EXPECT_EQ(*idle.at_ns, verdict.peer->at_ns);
}

TEST_F(AfterSilence, OneShortOfItByAJiffyIs) { EXPECT_EQ(why_after(4'991), "idle"); }
TEST_F(AfterSilence, OneShortOfItByMoreIsNot) { EXPECT_EQ(why_after(4'985), ""); }
TEST_F(AfterSilence, OneAtAnOddTimeIsNot) { EXPECT_EQ(why_after(5'400), ""); }
TEST_F(AfterSilence, OneWithinASecondIsNot) { EXPECT_EQ(why_after(500), ""); }
TEST_F(AfterSilence, OneAtOnceIsNot) { EXPECT_EQ(why_after(0), ""); }
TEST_F(AfterSilence, OneAtFortySevenSecondsIsNot) { EXPECT_EQ(why_after(47'000), ""); }
TEST_F(AfterSilence, OneOfALongTimerIsLate) { EXPECT_EQ(why_after(301'900), "idle"); }
TEST_F(AfterSilence, OneOfAnOlderProgramSaysNothing) {
    c.close(c.peer);
    EXPECT_EQ(codes_of(write_into_it()), "");
}

TEST_F(AfterSilence, WhoWasKilledDidNotClose) {
    silent_for(5'000, LastSender::kUs);
    c.close(c.peer, dying(c.peer.process, 9));
    EXPECT_EQ(codes_of(write_into_it()), "");
}

TEST_F(AfterSilence, WhoExitsEndsForAnotherReason) {
    silent_for(5'000, LastSender::kUs);
    c.close(c.peer, dying(c.peer.process, 0));
    EXPECT_EQ(codes_of(write_into_it()), "unanswered");
}

TEST_F(AfterSilence, AKernelThreadIsNobody) {
    silent_for(5'000, LastSender::kUs);
    Actor by = doing(c.peer.process, Syscall::kClose);
    by.kernel_thread = true;
    c.close(c.peer, by);
    EXPECT_EQ(codes_of(write_into_it()), "");
}

TEST_F(AfterSilence, WhoWasAskedToStopClosedForThat) {
    silent_for(5'000, LastSender::kUs);
    SignalSent asked;
    asked.stamp = scene.stamp();
    asked.target = c.peer.process;
    asked.signal = 15;
    asked.origin = SignalOrigin::kProcess;
    asked.handled = true;
    scene.add(asked);
    c.close(c.peer);
    EXPECT_EQ(codes_of(write_into_it()), "asked-to-stop");
}

TEST_F(AfterSilence, WhatWasSentLastWasNotAnswered) {
    silent_for(1'400, LastSender::kUs);
    c.close(c.peer);
    const Verdict verdict = write_into_it();
    ASSERT_EQ(codes_of(verdict), "unanswered");
    EXPECT_EQ(verdict.why.front().confidence, Confidence::kObserved);
    EXPECT_EQ(verdict.why.front().lasted_ns, 1'400 * kMs);
    EXPECT_EQ(verdict.why.front().process->pid, 77U);
}

TEST_F(AfterSilence, BothMayBeSo) { EXPECT_EQ(why_after(60'010, LastSender::kUs), "unanswered idle"); }
TEST_F(AfterSilence, AnAnswerThatCameIsOne) { EXPECT_EQ(why_after(1'400, LastSender::kPeer), ""); }
TEST_F(AfterSilence, WithinAJiffyItMayHaveBeenOne) { EXPECT_EQ(why_after(1'400, LastSender::kUnknown), ""); }

TEST_F(AfterSilence, WhatCrossedTheFinIsNoMatterOfTheTimer) {
    silent_for(5'000, LastSender::kPeer);
    const std::uint32_t segment = c.us.progress.snd_nxt;
    c.put_in_flight(c.us, 64);
    c.us.idle = {0, LastSender::kUs};
    c.close(c.peer);
    c.answer_with_reset(c.peer, segment, 64, ResetReason::kTimewaitSocket);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us);
    EXPECT_EQ(codes_of(write()), "crossed idle") << "by the server's own socket, which had not got it";
}

TEST_F(AfterSilence, AnAbortAtARoundTimeIsLikeAnIdleTimers) {
    silent_for(60'000, LastSender::kPeer);
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    EXPECT_EQ(codes_of(write()), "idle");
}

TEST_F(AfterSilence, WhoClosedAfterUsDidItForThat) {
    silent_for(5'000, LastSender::kPeer);
    c.shut_down(c.us);
    c.close(c.peer);
    c.fail_write(c.us);
    EXPECT_EQ(codes_of(write()), "");
}

TEST_F(RemoteAfterSilence, OursSaysHowLongItWas) {
    silent_for(5'008, LastSender::kPeer);
    c.close(c.peer);
    const Verdict verdict = write_into_it();
    ASSERT_EQ(codes_of(verdict), "idle");
    EXPECT_FALSE(verdict.why.front().process);
}

TEST_F(RemoteAfterSilence, WhatItsHostHadAndItDidNotAnswerIsInferred) {
    silent_for(1'400, LastSender::kUs);
    c.close(c.peer);
    const Verdict verdict = write_into_it();
    ASSERT_EQ(codes_of(verdict), "unanswered");
    EXPECT_EQ(verdict.why.front().confidence, Confidence::kInferred);
}

TEST_F(RemoteAfterSilence, WhatItsHostHadNotMayHaveCrossed) {
    silent_for(1'400, LastSender::kUs);
    c.put_in_flight(c.us, 64);
    c.close(c.peer);
    EXPECT_EQ(codes_of(write_into_it()).find("unanswered"), std::string::npos);
}

TEST_F(RemoteAfterSilence, AResetAtARoundTimeIsLikeAnIdleTimers) {
    silent_for(240'000, LastSender::kPeer);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us, {.error = ECONNRESET});
    EXPECT_EQ(codes_of(write()), "idle");
}

} // namespace
} // namespace tcpblame::reconstruct
