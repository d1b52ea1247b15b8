// A proxy closes one connection since its other one has ended: when that is said, and what only looks like it.
#include "reconstruct/passed_on_fixture.hpp"
#include "reconstruct/relays.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

TEST_F(PassedOn, IsSaidWithWhoEndedTheOtherConnection) {
    exchange(front, back);
    back.close(back.peer, dying(kWorker, 3 << 8));
    pass_on(back, front);
    client_writes(front);
    const std::vector<Reason> reasons = why();
    ASSERT_EQ(reasons.size(), 1U);
    const Reason& reason = reasons.front();
    EXPECT_EQ(reason.code, ReasonCode::kPassedOn);
    EXPECT_EQ(reason.confidence, Confidence::kInferred);
    ASSERT_TRUE(reason.process && reason.peer && reason.connection);
    EXPECT_EQ(reason.process->name, "proxy");
    EXPECT_EQ(reason.connection->tuple, back.us.tuple);
    EXPECT_EQ(reason.peer->process.name, "worker");
    EXPECT_EQ(reason.peer->act, Act::kExit);
    EXPECT_EQ(reason.peer->exit_status, 3);
    EXPECT_FALSE(reason.by_reset);
    EXPECT_LT(reason.peer->at_ns, 0);
    EXPECT_LT(*reason.at_ns, 0);
    EXPECT_GE(*reason.lasted_ns, kMs);
    EXPECT_FALSE(reason.evidence.empty());
}

TEST_F(PassedOn, GoesOnWithWhoKilledTheOtherEnd) {
    exchange(front, back);
    SignalSent kill;
    kill.stamp = scene.stamp();
    kill.target = kWorker;
    kill.signal = 9;
    kill.origin = SignalOrigin::kProcess;
    kill.sender = task("bash", 12);
    scene.add(kill);
    back.close(back.peer, dying(kWorker, 9));
    pass_on(back, front);
    client_writes(front);
    const std::vector<Reason> reasons = why();
    ASSERT_EQ(reasons.size(), 2U);
    EXPECT_EQ(reasons[0].code, ReasonCode::kPassedOn);
    EXPECT_EQ(reasons[1].code, ReasonCode::kKilled);
    ASSERT_TRUE(reasons[1].sender);
    EXPECT_EQ(reasons[1].sender->name, "bash");
}

TEST_F(PassedOn, IsSaidOfAnotherConnectionThatWasReset) {
    exchange(front, back);
    back.put_in_flight(back.us, 5);
    front.send(front.us, 5);
    back.receive_reset(back.us, std::nullopt);
    scene.after(kMs);
    front.close(front.peer);
    back.last_close(back.us);
    scene.after(kMs);
    client_writes(front);
    const std::vector<Verdict> reported = scene.reported().writes();
    ASSERT_FALSE(reported.empty());
    ASSERT_FALSE(reported.front().why.empty());
    EXPECT_EQ(reported.front().why.front().code, ReasonCode::kPassedOn);
    EXPECT_TRUE(reported.front().why.front().by_reset);
}

TEST_F(PassedOn, OverTwoProxies) {
    const Actor second = task("second", 51);
    Ends middle_ends{.cookie = 300, .our_port = 40001, .peer_port = 81, .we = kProxy, .they = second};
    Ends last_ends{.cookie = 400, .our_port = 40002, .peer_port = 8080, .we = second, .they = kWorker};
    Connection middle(scene, middle_ends);
    Connection last(scene, last_ends);
    exchange(front, middle);
    exchange(middle, last, 0, 0);
    last.send(last.us, 100);
    last.send(last.peer, 40);
    last.close(last.peer);
    pass_on(last, middle);
    pass_on(middle, front);
    client_writes(front);
    const std::vector<Reason> reasons = why();
    ASSERT_EQ(reasons.size(), 2U);
    EXPECT_EQ(reasons[0].process->name, "proxy");
    EXPECT_EQ(reasons[1].process->name, "second");
    EXPECT_EQ(reasons[1].peer->process.name, "worker");
}

// ── What only looks like it ──────────────────────────────────────────────────────────────────────

TEST_F(PassedOn, NotWhereTheOtherEndedLongBefore) {
    exchange(front, back);
    back.close(back.peer);
    scene.after(Relays::kPassedOnWithinNs);
    pass_on(back, front);
    client_writes(front);
    EXPECT_FALSE(is_claimed());
}

TEST_F(PassedOn, NotWhereTheOtherEndsAfterwards) {
    exchange(front, back);
    scene.after(kMs);
    front.close(front.peer);
    back.close(back.peer);
    back.close(back.us);
    scene.after(kMs);
    client_writes(front);
    EXPECT_FALSE(is_claimed());
}

TEST_F(PassedOn, NotWhereItsProcessHadClosedTheOtherItself) {
    exchange(front, back);
    back.close(back.us);
    back.close(back.peer);
    scene.after(kMs);
    front.close(front.peer);
    scene.after(kMs);
    client_writes(front);
    EXPECT_FALSE(is_claimed());
}

TEST_F(PassedOn, NotWhereOtherBytesWentThrough) {
    exchange(front, back);
    back.send(back.peer, 1);
    back.close(back.peer);
    pass_on(back, front);
    client_writes(front);
    EXPECT_FALSE(is_claimed());
}

/// A proxy that speaks HTTP: the heads of what it passes on are its own.
class PassedOnRewritten : public PassedOn {
protected:
    void exchange_rewritten(std::uint32_t added = 100) {
        exchange(front, back);
        front.send(front.peer, added);
        back.send(back.us, 30);
    }
    void play(std::uint32_t added = 100) {
        exchange_rewritten(added);
        back.close(back.peer, dying(kWorker, 9));
        pass_on(back, front);
        client_writes(front);
    }
};

TEST_F(PassedOnRewritten, IsSaidWhereTheOtherProcessDied) {
    play();
    EXPECT_TRUE(is_claimed());
}

TEST_F(PassedOnRewritten, NotWhereTheOtherConnectionEndedInOrder) {
    exchange_rewritten();
    back.close(back.peer);
    pass_on(back, front);
    client_writes(front);
    EXPECT_FALSE(is_claimed()) << "it may have been the answer's end";
}

TEST_F(PassedOnRewritten, NotWhereMoreThanHeadsDiffers) {
    play(17 << 10);
    EXPECT_FALSE(is_claimed());
}

TEST_F(PassedOnRewritten, NotWhereAnotherConnectionOfTheProxyEndedAtThatTime) {
    Connection back2(scene, back_ends(600, 51900));
    exchange_rewritten();
    exchange(front, back2, 70, 70);
    back2.close(back2.peer);
    back2.close(back2.us);
    back.close(back.peer, dying(kWorker, 9));
    pass_on(back, front);
    client_writes(front);
    EXPECT_FALSE(is_claimed()) << "which of the two it was is not known";
}

TEST_F(PassedOnRewritten, NotWhereTheProxyClosedAnotherAtThatTime) {
    Connection front2(scene, front_ends(500, 41900));
    exchange_rewritten();
    front2.send(front2.us, 3);
    back.close(back.peer, dying(kWorker, 9));
    front2.close(front2.peer);
    pass_on(back, front);
    client_writes(front);
    EXPECT_FALSE(is_claimed()) << "which of the two it was for is not known";
}

TEST_F(PassedOn, NotWhereNothingWentThrough) {
    back.close(back.peer);
    pass_on(back, front);
    client_writes(front);
    EXPECT_FALSE(is_claimed());
}

TEST_F(PassedOn, NotWhereTheProcessAcceptedBoth) {
    Ends other_ends = front_ends(500, 40777);
    other_ends.we = kWorker;
    Connection other(scene, other_ends);
    front.send(front.us, 100);
    front.send(front.peer, 40);
    other.send(other.peer, 100); // as many bytes as a relay would have passed on
    other.send(other.us, 40);
    front.peer.idle = other.peer.idle = {4, LastSender::kUs};
    other.close(other.us);
    scene.after(kMs);
    front.close(front.peer);
    other.close(other.peer);
    scene.after(kMs);
    client_writes(front);
    EXPECT_FALSE(is_claimed());
}

TEST_F(PassedOn, NotWhereAnotherPairFitsAsWell) {
    Connection front2(scene, front_ends(500, 41900));
    Connection back2(scene, back_ends(600, 51900));
    exchange(front, back);
    exchange(front2, back2);
    back.close(back.peer);
    back2.close(back2.peer);
    pass_on(back, front);
    pass_on(back2, front2);
    client_writes(front);
    EXPECT_FALSE(is_claimed()) << "which of the two it was is not known";
}

TEST_F(PassedOn, NotWhereTheyWereLastUsedAtOtherTimes) {
    exchange(front, back);
    front.peer.idle.ms = 300;
    back.close(back.peer);
    pass_on(back, front);
    client_writes(front);
    EXPECT_FALSE(is_claimed());
}

TEST_F(PassedOn, NotWhereAsMuchWentThroughAnother) {
    Connection other(scene, back_ends(600, 51900));
    exchange(front, back);
    other.send(other.us, 40);
    other.send(other.peer, 100);
    other.close(other.us);
    scene.after(kMs);
    back.close(back.peer);
    pass_on(back, front);
    client_writes(front);
    EXPECT_FALSE(is_claimed());
}

TEST_F(PassedOn, NotWhereTheOtherGoesWithAnotherConnection) {
    Connection front2(scene, front_ends(500, 41900));
    exchange(front, back);
    exchange(front2, back, 0, 0);
    front2.send(front2.us, 100);
    front2.send(front2.peer, 40);
    back.close(back.peer);
    pass_on(back, front2);
    scene.after(kMs);
    front.close(front.peer); // by an idle timer, say
    scene.after(kMs);
    client_writes(front);
    EXPECT_FALSE(is_claimed());
}

TEST_F(PassedOn, NotWhereTheClientHadEndedIt) {
    exchange(front, back);
    back.close(back.peer);
    front.shut_down(front.us);
    pass_on(back, front);
    EXPECT_TRUE(scene.reported().writes().empty());
    const auto ends = scene.reported({}, {.all = true}).teardowns();
    for (const Verdict& end : ends)
        for (const Reason& reason : end.why) EXPECT_NE(reason.code, ReasonCode::kPassedOn);
}

} // namespace
} // namespace tcpblame::reconstruct
