// Both ends are on this host, and what is between them rewrites addresses and ports.
#include "reconstruct/attribution_fixture.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

class Translated : public Attribution {
protected:
    Translated() { c.peer.tuple = theirs; }

    const Tuple ours = c.us.tuple; ///< an end erases its own as it ends
    /// As DNAT and masquerade do: the server has another address and port than the client connected to, and takes the
    /// router for its client.
    const Tuple theirs{ipv4(20, 8080), ipv4(10, 41822)};

    static Ends another(std::uint64_t cookie, std::uint32_t our_first, std::uint32_t peer_first) {
        return {.cookie = cookie, .they = task("other", 66), .our_first = our_first, .peer_first = peer_first};
    }
};

TEST_F(Translated, ThePeerIsNamedWithBothFourTuples) {
    peer_leaves_data_unread(c, 100);
    const std::vector<Verdict> reported = writes();
    ASSERT_EQ(reported.size(), 2U);
    for (const Verdict& verdict : reported) {
        expect(verdict, Cause::kPeerAborted, Confidence::kObserved);
        ASSERT_TRUE(verdict.peer);
        EXPECT_EQ(verdict.peer->process.pid, 77U);
        ASSERT_TRUE(verdict.translated);
        EXPECT_EQ(verdict.translated->tuple, theirs);
        EXPECT_EQ(verdict.connection->tuple, ours);
    }
}

TEST_F(Translated, APeerThatClosedFirstIsNamed) {
    peer_closes(c, 100);
    expect(write(), Cause::kPeerClosed, Confidence::kObserved);
    ASSERT_TRUE(write().peer);
    EXPECT_EQ(write().peer->process.pid, 77U);
    EXPECT_TRUE(write().translated);
}

TEST_F(Translated, WhereNothingIsRewrittenNothingIsSaidOfIt) {
    c.peer.tuple = c.us.tuple.swapped();
    peer_closes(c, 100);
    EXPECT_FALSE(write().translated);
}

TEST_F(Translated, OtherNumbersInOneDirectionAreAnotherConnection) {
    c.peer.progress.rcv_nxt += 100;
    c.peer.progress.copied_seq += 100;
    peer_closes(c, 100);
    EXPECT_FALSE(write().peer);
    EXPECT_FALSE(write().translated);
}

TEST_F(Translated, TwoThatBothOpenedAreNone) {
    c.peer.opened_by = OpenedBy::kUs;
    peer_closes(c, 100);
    EXPECT_FALSE(write().peer);
    EXPECT_FALSE(write().translated);
}

TEST_F(Translated, TwoThatFitAreNone) {
    Connection copy(scene, {.cookie = 300, .they = task("other", 66)});
    copy.us.here = false;
    copy.peer.tuple = {ipv4(30, 8080), ipv4(10, 999)};
    copy.close(copy.peer);
    peer_closes(c, 100);
    EXPECT_FALSE(write().peer);
    EXPECT_FALSE(write().translated);
}

/// A socket may connect again: its numbers of before are nobody's any more.
TEST_F(Translated, ASocketsConnectionBeforeIsNotFoundByItsNumbers) {
    Connection before(scene, another(102, 5'000'000, 9'000'000));
    before.us.here = false;
    before.peer.cookie = 101; // the same socket
    before.peer.tuple = {ipv4(30, 8080), ipv4(10, 999)};
    before.abort_lingering(before.peer);
    scene.after(kSecond);
    Connection again(scene, another(500, 1'000, 2'000));
    again.us.here = false;
    again.peer.cookie = 101;
    again.peer.progress.opened_ns = scene.now();
    again.find_existing(again.peer);
    c.peer.here = false;
    scene.after(kSecond);
    peer_closes(c, 100);
    EXPECT_FALSE(write().translated);
}

// A proxy's two connections live at the same time, and what comes in on one goes out on the other: they are two.
TEST_F(Translated, AProxysTwoConnectionsAreTwo) {
    Connection behind(scene, {.cookie = 300,
                              .our_port = 50'000,
                              .peer_port = 8080,
                              .we = task("proxy", 77),
                              .they = task("worker", 66),
                              .our_first = 6'000'000,
                              .peer_first = 8'000'000});
    c.peer.tuple = c.us.tuple.swapped();
    behind.send(behind.us, 100);
    c.send(c.us, 100);
    behind.abort_lingering(behind.peer);
    scene.after(10 * kMs);
    peer_closes(c, 100);
    expect(write(), Cause::kPeerClosed, Confidence::kObserved);
    ASSERT_TRUE(write().peer);
    EXPECT_EQ(write().peer->process.pid, 77U);
    EXPECT_FALSE(write().translated);
}

TEST_F(Translated, ThePeerIsAskedForByItsNumbers) {
    c.peer.here = false;
    peer_closes(c, 100);
    Listener listener;
    Reconstruction core({}, listener);
    for (const Event& event : scene.events) core.feed(event);
    core.feed(TimePassed{scene.now() + 100 * kMs});
    const auto asked_for = core.take_peers_asked_for();
    ASSERT_FALSE(asked_for.empty());
    EXPECT_EQ(asked_for.front().tuple, ours.swapped());
    ASSERT_TRUE(asked_for.front().isns);
    EXPECT_NEAR(asked_for.front().isns->sent, 9'000'000, 2);
    EXPECT_NEAR(asked_for.front().isns->received, 5'000'000, 2);
}

// On a machine full of open files the search takes longer than a verdict waits: what it finds comes with the next look.
TEST_F(Translated, WhatASearchFindsCountsHoweverLongItTook) {
    c.us.progress.opened_ns = scene.now();
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us, {.error = ECONNRESET});
    Listener listener;
    Reconstruction core({}, listener);
    for (const Event& event : scene.events) core.feed(event);
    core.feed(TimePassed{scene.now() + 10 * kMs});
    ASSERT_FALSE(core.take_peers_asked_for().empty());
    scene.after(kSecond);
    c.find_by_search(c.peer);
    core.feed(scene.events.back());
    core.feed(TimePassed{scene.now()});
    core.feed(TimePassed{scene.now() + kMs});
    ASSERT_EQ(listener.reported.writes().size(), 1U);
    EXPECT_EQ(listener.reported.writes().front().reset_origin, ResetOrigin::kBetween);
}

// What the filters leave out may have sent it: the peer is known only because it was searched for.
TEST_F(Translated, AResetFromBetweenIsInferredWhereTheFiltersLeaveThePeerOut) {
    c.us.progress.opened_ns = scene.now();
    c.receive_reset(c.us, std::nullopt);
    c.find_by_search(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    expect(write(), Cause::kPeerAborted, Confidence::kObserved);
    EXPECT_EQ(write().reset_origin, ResetOrigin::kBetween);
    Selection by_port;
    by_port.ports = {5432};
    const std::vector<Verdict> reported = scene.reported(by_port).writes();
    ASSERT_EQ(reported.size(), 1U);
    EXPECT_EQ(reported.front().reset_origin, ResetOrigin::kBetween);
    EXPECT_EQ(reported.front().confidence, Confidence::kInferred);
}

} // namespace
} // namespace tcpblame::reconstruct
