#include "reconstruct/remote_endpoints.hpp"

#include "reconstruct/attribution_fixture.hpp"
#include "reconstruct/two_hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TwoHosts : public testing::Test {
protected:
    Host near() const { return host_of("web1", scene.events, c.us); }
    Host far() const { return host_of("db1", scene.events, c.peer); }

    /// The first failed write that is reported on the near host.
    static Verdict write_of(const std::vector<Host>& hosts) {
        const std::vector<Verdict> reported = reported_of_first(hosts).writes();
        return reported.empty() ? Verdict{} : reported.front();
    }

    void peer_leaves_unread() { peer_leaves_data_unread(c, 100); }

    static void expect_peer(const Verdict& verdict, std::uint32_t pid) {
        ASSERT_TRUE(verdict.peer) << rule_name(verdict);
        EXPECT_EQ(verdict.peer->process.pid, pid);
        EXPECT_EQ(verdict.peer->process.host, "db1");
        ASSERT_TRUE(verdict.joined);
        EXPECT_EQ(verdict.joined->host, "db1");
    }

    /// A RST comes to us that the peer did not send.
    void reset_is_forged() {
        c.send(c.us, 100);
        c.us.progress.opened_ns = kStart - 5 * kSecond;
        c.peer.progress.opened_ns = c.us.progress.opened_ns + kMs;
        c.receive_reset(c.us, std::nullopt);
        fail(c, c.us, ECONNRESET, 100, Cause::kPeerAborted);
        c.last_close(c.us);
        // What it has for us finds nobody.
        scene.after(10 * kSecond);
        c.receive_reset(c.peer, std::nullopt);
        c.last_close(c.peer);
    }
    /// One that ends well, and reports how the clocks are apart.
    void another_ends_well() {
        Connection other(scene, {.cookie = 300, .our_port = 41900, .our_first = 77'000, .peer_first = 99'000});
        other.shut_down(other.peer);
        scene.after(100 * kUs);
        other.close(other.us);
    }

    Scene scene;
    Connection c{scene};
};

TEST_F(TwoHosts, OneAloneDoesNotKnowWhoSentTheReset) {
    peer_leaves_unread();
    const Verdict verdict = write_of({near()});
    expect(verdict, Cause::kPeerAborted, Confidence::kInferred);
    EXPECT_FALSE(verdict.peer);
    EXPECT_FALSE(verdict.joined);
}

TEST_F(TwoHosts, TogetherNameTheProcessThatClosedWithBytesUnread) {
    peer_leaves_unread();
    const Verdict verdict = write_of({near(), far()});
    expect(verdict, Cause::kPeerAborted, Confidence::kObserved);
    expect_peer(verdict, 77);
    EXPECT_EQ(verdict.peer->unread, 105U);
    EXPECT_EQ(verdict.rule, Rule::kPeerAborted);
    EXPECT_EQ(verdict.peer->act, Act::kClose);
    EXPECT_EQ(verdict.peer->process.host, "db1");
    EXPECT_THAT(verdict.joined->evidence, Not(IsEmpty()));
    for (const EventId& id : verdict.joined->evidence) EXPECT_THAT(verdict.evidence, Not(testing::Contains(id)));
}

TEST_F(TwoHosts, OfOneHostAreNotReportedApart) {
    peer_leaves_unread();
    Host far_end = far();
    far_end.name = "web1";
    const Verdict verdict = write_of({near(), far_end});
    ASSERT_TRUE(verdict.peer);
    EXPECT_EQ(verdict.peer->process.host, "");
    EXPECT_EQ(verdict.peer->process.name, "server");
    EXPECT_EQ(verdict.peer->act, Act::kClose);
    EXPECT_GT(verdict.peer->unread, 0U);
}

TEST_F(TwoHosts, AreJoinedBySequenceNumbersWhereAddressesAreRewritten) {
    peer_leaves_unread();
    Host far_end = far();
    rewrite(far_end);
    const Verdict verdict = write_of({near(), far_end});
    expect(verdict, Cause::kPeerAborted, Confidence::kObserved);
    expect_peer(verdict, 77);
}

TEST_F(TwoHosts, AreNotJoinedByTheNumbersOfOneDirection) {
    peer_leaves_unread();
    Scene other_scene;
    Connection other(other_scene, {.peer_first = 9'000'003});
    peer_leaves_data_unread(other, 100);
    Host far_end = host_of("db1", other_scene.events, other.peer);
    EXPECT_FALSE(write_of({near(), far_end}).joined) << "the same addresses and ports";
    rewrite(far_end);
    EXPECT_FALSE(write_of({near(), far_end}).joined);
}

TEST_F(TwoHosts, AreNotJoinedWhereBothOpened) {
    peer_leaves_unread();
    Host far_end = far();
    rewrite(far_end);
    change_sockets(far_end.events, [](SocketView& socket) { socket.opened_by = OpenedBy::kUs; });
    EXPECT_FALSE(write_of({near(), far_end}).joined);
}

TEST_F(TwoHosts, AnEarlierConnectionOnTheSameAddressesIsAnother) {
    Connection before(scene, {.cookie = 300, .they = task("other", 66), .our_first = 77'000, .peer_first = 99'000});
    peer_leaves_data_unread(before, 10);
    scene.after(kSecond);
    peer_leaves_unread();
    const std::vector<Verdict> reported = reported_of_first({near(), far()}).writes();
    ASSERT_EQ(reported.size(), 4U);
    expect_peer(reported.front(), 66);
    expect_peer(reported.back(), 77);
}

TEST_F(TwoHosts, TwoThatFitAreNone) {
    peer_leaves_unread();
    Host third = far();
    third.name = "db2";
    EXPECT_FALSE(write_of({near(), far(), third}).joined);
    rewrite(third);
    Host second = far();
    rewrite(second);
    EXPECT_FALSE(write_of({near(), second, third}).joined) << "behind NAT";
}

TEST_F(TwoHosts, TheSameSocketInTwoRecordingsOfItsHostIsOne) {
    peer_leaves_unread();
    expect_peer(write_of({near(), far(), far()}), 77);
}

TEST_F(TwoHosts, AnotherClockIsSetByWhatWentBetweenThem) {
    another_ends_well();
    peer_leaves_unread();
    for (const std::int64_t apart : {3 * static_cast<std::int64_t>(kHour), -static_cast<std::int64_t>(kSecond)}) {
        Host far_end = far();
        far_end.set_clock(apart);
        const std::vector<Host> hosts{near(), far_end}; // and both think that they know the time of the day
        const RemoteEndpoints ends = gathered(hosts);
        ASSERT_TRUE(ends.clock_of(1).uncertainty_ns);
        EXPECT_EQ(ends.clock_of(1).connections, 2U);
        EXPECT_LE(*ends.clock_of(1).uncertainty_ns, kMs);
        const std::int64_t found = ends.clock_of(1).ns - ends.clock_of(0).ns;
        EXPECT_NEAR(static_cast<double>(found), static_cast<double>(-apart), static_cast<double>(kMs));
        const Verdict verdict = write_of(hosts);
        expect_peer(verdict, 77);
        EXPECT_NEAR(static_cast<double>(verdict.peer->at_ns), -10e6, 1.1e6) << "10 ms before the write";
    }
}

TEST_F(TwoHosts, NoTimeIsBeforeZeroWhereTheFirstHostWasUpForLess) {
    another_ends_well();
    peer_leaves_unread();
    Host near_end = near();
    near_end.set_clock(-static_cast<std::int64_t>(kStart) + static_cast<std::int64_t>(15 * kSecond));
    Host far_end = far();
    far_end.began_ns = kSecond;
    const RemoteEndpoints ends = gathered({near_end, far_end});
    EXPECT_GT(static_cast<std::int64_t>(far_end.began_ns) + ends.clock_of(1).ns, 0);
    expect_peer(write_of({near_end, far_end}), 77);
}

TEST_F(TwoHosts, WhatWasLostThereLowersTheConfidence) {
    peer_leaves_unread();
    Host far_end = far();
    far_end.events.push_back(
        EventsLost{{.count = 3, .cpu = 0, .after_monotonic_ns = kStart, .before_monotonic_ns = 0}});
    const Verdict verdict = write_of({near(), far_end});
    expect(verdict, Cause::kPeerAborted, Confidence::kInferred);
    EXPECT_EQ(verdict.lost_events, 3U);
}

TEST_F(TwoHosts, AnAnswerOfNoSocketIsJoinedByWhatItAnswers) {
    c.send(c.us, 100);
    c.write_is_answered(c.us, 512, ResetReason::kNoSocket);
    fail(c, c.us, EPIPE, 512, Cause::kUnknownConnection);
    expect(write_of({near()}), Cause::kPeerAborted, Confidence::kInferred);
    expect(write_of({near(), far()}), Cause::kUnknownConnection, Confidence::kObserved);
    Host far_end = far();
    std::get<ResetSent>(far_end.events.front()).segment_seq += 1U << 20U;
    EXPECT_FALSE(write_of({near(), far_end}).joined) << "it answers something else";
}

TEST_F(TwoHosts, AResetThatThePeerDidNotSendCameFromSomethingBetween) {
    another_ends_well();
    reset_is_forged();
    EXPECT_EQ(write_of({near()}).rule, Rule::kUnseenReset);
    const Verdict verdict = write_of({near(), far()});
    expect(verdict, Cause::kPeerAborted, Confidence::kInferred);
    EXPECT_EQ(verdict.rule, Rule::kBetween);
    EXPECT_FALSE(verdict.circumstances.both_reset);
    EXPECT_EQ(verdict.joined->host, "db1");
    EXPECT_FALSE(verdict.peer);
}

TEST_F(TwoHosts, WhatIsNotCoveredIsNotSaidToBeMissing) {
    another_ends_well();
    reset_is_forged();
    const auto says_nothing = [&](const Host& far_end) {
        EXPECT_EQ(write_of({near(), far_end}).rule, Rule::kUnseenReset);
    };
    Host lost = far();
    lost.events.push_back(EventsLost{{.count = 1, .cpu = 0, .after_monotonic_ns = kStart, .before_monotonic_ns = 0}});
    says_nothing(lost);
    Host late = far();
    late.began_ns = kStart;
    says_nothing(late);
    Host short_one = far();
    short_one.ended_ns = kStart;
    says_nothing(short_one);
}

TEST_F(TwoHosts, WithoutAClockNothingIsSaidToBeMissing) {
    reset_is_forged();
    EXPECT_EQ(write_of({near(), far()}).rule, Rule::kUnseenReset);
}

/// Its clock stood still for longer than a RST takes: what it sent may have been at another time.
TEST_F(TwoHosts, NothingIsSaidToBeMissingOfAHostThatMayHaveSlept) {
    another_ends_well();
    reset_is_forged();
    const auto set = [](Host host, std::int64_t by_ns) {
        host.events.push_back(ClockSet{kStart, host.realtime_offset_ns + by_ns});
        return host;
    };
    constexpr auto kHourNs = static_cast<std::int64_t>(kHour);
    EXPECT_EQ(write_of({near(), set(far(), kHourNs)}).rule, Rule::kUnseenReset);
    EXPECT_EQ(write_of({set(near(), kHourNs), far()}).rule, Rule::kUnseenReset);
    EXPECT_EQ(write_of({near(), set(far(), std::numeric_limits<std::int64_t>::max())}).rule, Rule::kUnseenReset);
    EXPECT_EQ(write_of({near(), set(far(), -kHourNs)}).rule, Rule::kBetween) << "nobody sleeps backwards";
}

TEST_F(TwoHosts, AnAbortAfterTheResetCameIsNotItsCause) {
    another_ends_well();
    c.send_unread(c.us, 5);
    c.receive_reset(c.us, std::nullopt);
    fail(c, c.us, ECONNRESET, 100, Cause::kPeerAborted);
    scene.after(5 * kSecond);
    c.abort(c.peer, ResetReason::kAbortOnClose);
    const Verdict verdict = write_of({near(), far()});
    expect(verdict, Cause::kPeerAborted, Confidence::kInferred);
    EXPECT_EQ(verdict.rule, Rule::kBetween);
}

TEST_F(TwoHosts, AnAbortFromOutsideIsReportedWithItsHost) {
    peer_is_killed_by_admin(c, 100);
    const Verdict verdict = write_of({near(), far()});
    expect(verdict, Cause::kKilledByAdmin, Confidence::kObserved);
    ASSERT_TRUE(verdict.killed_by);
    EXPECT_EQ(verdict.killed_by->host, "db1");
    EXPECT_EQ(verdict.killed_by->name, "ss");
    EXPECT_EQ(verdict.killed_by->pid, 999U);
    EXPECT_EQ(verdict.rule, Rule::kAdminKillOfPeer);
}

TEST_F(TwoHosts, WhatProcSaidThereIsReportedOfThePeer) {
    peer_leaves_unread();
    Host near_end = near();
    Host far_end = far();
    const auto known = [](std::string exe) { return ProcessKnown{kStart, 77, std::move(exe), "/x.service", {}}; };
    near_end.events.insert(near_end.events.begin(), known("/bin/wrong"));
    far_end.events.insert(far_end.events.begin(), known("/bin/right"));
    const Verdict verdict = write_of({near_end, far_end});
    ASSERT_TRUE(verdict.peer);
    EXPECT_EQ(verdict.peer->process.exe, "/bin/right");
}

} // namespace
} // namespace tcpblame::reconstruct
