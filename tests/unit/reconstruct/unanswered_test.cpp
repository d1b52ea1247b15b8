// A peer closes in good order and has not answered: when that is reported, where it is asked for.
#include "reconstruct/attribution_fixture.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

class Unanswered : public Attribution {
protected:
    std::vector<Verdict> reported(bool asked_for = true) {
        scene.after(2 * kSecond);
        return scene.reported({}, {.unanswered = asked_for}).verdicts;
    }
    void we_sent_last() {
        c.send(c.us, 100);
        c.us.idle = {120, LastSender::kUs};
        c.peer.idle = {120, LastSender::kPeer};
    }
};

TEST_F(Unanswered, IsReportedWhereThePeerCloses) {
    we_sent_last();
    c.close(c.peer);
    const auto verdicts = reported();
    ASSERT_EQ(verdicts.size(), 1U);
    const Verdict& verdict = verdicts.front();
    EXPECT_EQ(verdict.kind, VerdictKind::kTeardown);
    EXPECT_EQ(verdict.rule, Rule::kUnanswered);
    expect(verdict, Cause::kPeerClosed, Confidence::kObserved);
    ASSERT_TRUE(verdict.peer);
    EXPECT_EQ(verdict.peer->act, Act::kClose);
    EXPECT_EQ(verdict.evidence, (std::vector<EventId>{{0, 1}, {0, 2}}));
    ASSERT_EQ(verdict.why.size(), 1U);
    EXPECT_EQ(verdict.why.front().code, ReasonCode::kUnanswered);
}

TEST_F(Unanswered, IsReportedOfUsWhoHaveClosedSince) {
    we_sent_last();
    c.close(c.peer);
    c.close(c.us);
    const auto verdicts = reported();
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts.front().why.size(), 1U);
}

TEST_F(Unanswered, IsReportedOnlyWhereItIsAskedFor) {
    we_sent_last();
    c.close(c.peer);
    EXPECT_EQ(reported(false).size(), 0U);
}

TEST_F(Unanswered, IsNotReportedWhereThePeerHasAnswered) {
    c.us.idle = {120, LastSender::kPeer};
    c.peer.idle = {120, LastSender::kUs};
    c.close(c.peer);
    EXPECT_EQ(reported().size(), 0U);
}

TEST_F(Unanswered, IsNotReportedWhereItCrossedTheClose) {
    c.us.idle = {1, LastSender::kUs};
    c.peer.idle = {120, LastSender::kUs};
    c.close(c.peer);
    EXPECT_EQ(reported().size(), 0U);
}

TEST_F(Unanswered, IsNotReportedWhereWeCloseFirst) {
    we_sent_last();
    c.close(c.us);
    c.close(c.peer);
    EXPECT_EQ(reported().size(), 0U);
}

TEST_F(Unanswered, AWriteThatFailsSaysItAll) {
    we_sent_last();
    c.close(c.peer);
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    for (const Verdict& verdict : reported()) EXPECT_NE(verdict.rule, Rule::kUnanswered);
}

TEST_F(Unanswered, IsInferredOfAnotherHost) {
    c.peer.here = false;
    we_sent_last();
    c.close(c.peer);
    const auto verdicts = reported();
    ASSERT_EQ(verdicts.size(), 1U);
    expect(verdicts.front(), Cause::kPeerClosed, Confidence::kInferred);
    EXPECT_FALSE(verdicts.front().peer);
}

} // namespace
} // namespace tcpblame::reconstruct
