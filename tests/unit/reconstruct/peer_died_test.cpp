// A process is killed with a connection open, and only a FIN comes: when that
// is reported, and when not.
#include "reconstruct/attribution_fixture.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

class PeerDied : public Attribution {
protected:
    std::vector<Verdict> reported_when(std::uint32_t wait_status, LastSender last_of_theirs = LastSender::kUs) {
        c.send(c.us, 100);
        c.peer.idle = {1'400, last_of_theirs};
        c.close(c.peer, dying(c.peer.process, wait_status));
        scene.after(2 * kSecond);
        return scene.reported().verdicts;
    }
};

TEST_F(PeerDied, IsReportedOfOneThatWasKilled) {
    const auto verdicts = reported_when(9);
    ASSERT_EQ(verdicts.size(), 1U);
    const Verdict& verdict = verdicts.front();
    EXPECT_EQ(verdict.kind, VerdictKind::kTeardown);
    EXPECT_EQ(verdict.rule, Rule::kPeerDied);
    expect(verdict, Cause::kPeerClosed, Confidence::kObserved);
    ASSERT_TRUE(verdict.peer);
    EXPECT_EQ(verdict.peer->act, Act::kKilled);
    EXPECT_EQ(verdict.peer->signal, 9);
    EXPECT_EQ(verdict.evidence, (std::vector<EventId>{{0, 1}, {0, 2}}));
    EXPECT_FALSE(verdict.write_failed);
}

TEST_F(PeerDied, IsReportedOfOneThatCrashed) { EXPECT_EQ(reported_when(11).size(), 1U); }
TEST_F(PeerDied, IsReportedOfOneThatWasStoppedBeforeItAnswered) {
    EXPECT_EQ(reported_when(15, LastSender::kPeer).size(), 1U);
}
TEST_F(PeerDied, IsNotReportedOfOneThatWasStoppedAndHadAnswered) { EXPECT_EQ(reported_when(15).size(), 0U); }
TEST_F(PeerDied, IsNotReportedOfOneThatExits) { EXPECT_EQ(reported_when(1 << 8, LastSender::kPeer).size(), 0U); }

TEST_F(PeerDied, IsNotReportedOfOneThatCloses) {
    c.close(c.peer);
    EXPECT_EQ(scene.reported().verdicts.size(), 0U);
}

TEST_F(PeerDied, IsNotReportedWhereBothAreKilled) {
    c.close(c.peer, dying(c.peer.process, 9));
    c.close(c.us, dying(c.us.process, 9));
    EXPECT_EQ(scene.reported().verdicts.size(), 0U);
}

TEST_F(PeerDied, IsNotReportedWhereWeHadClosedBefore) {
    c.shut_down(c.us);
    c.close(c.peer, dying(c.peer.process, 9));
    EXPECT_EQ(scene.reported().verdicts.size(), 0U);
}

TEST_F(PeerDied, IsReportedOfASurvivorThatClosesInTurn) {
    c.close(c.peer, dying(c.peer.process, 9));
    c.close(c.us);
    const auto verdicts = scene.reported().verdicts;
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts.front().rule, Rule::kPeerDied);
}

TEST_F(PeerDied, AWriteThatFailsSaysItAll) {
    c.close(c.peer, dying(c.peer.process, 9));
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    const Reports reports = scene.reported();
    ASSERT_EQ(reports.writes().size(), 1U);
    for (const Verdict& teardown : reports.teardowns()) {
        EXPECT_EQ(teardown.rule, Rule::kPeerClosed);
        EXPECT_TRUE(teardown.write_failed);
    }
}

TEST_F(PeerDied, WhoHoldsTheOtherEndIsAskedFor) {
    c.close(c.peer, dying(c.peer.process, 9));
    Listener listener;
    Reconstruction core({}, listener);
    for (const Event& event : scene.events) core.feed(event);
    core.feed(TimePassed{scene.now() + 100 * kMs});
    EXPECT_EQ(core.take_peers_asked_for(), (std::vector<WantedPeer>{{c.us.tuple, std::nullopt}}));
}

} // namespace
} // namespace tcpblame::reconstruct
