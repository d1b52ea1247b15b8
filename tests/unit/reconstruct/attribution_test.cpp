// What a connection that the peer ended is blamed on.
#include "reconstruct/attribution_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;
using testing::HasSubstr;

// ── peer-closed ─────────────────────────────────────────────────────────────────────────────────

TEST_F(Attribution, BlamesALocalPeerThatClosedFirst) {
    c.send(c.us, 100);
    c.close(c.peer);
    scene.after(100 * kMs);
    c.write_is_answered(c.us, 512);
    scene.after(kMs);
    c.fail_write(c.us);

    const Verdict verdict = write();
    expect(verdict, Cause::kPeerClosed, Confidence::kObserved);
    EXPECT_EQ(verdict.rule, Rule::kPeerClosed);
    ASSERT_TRUE(verdict.peer);
    EXPECT_EQ(verdict.peer->process.pid, 77U);
    EXPECT_EQ(verdict.peer->act, Act::kClose);
    EXPECT_NEAR(static_cast<double>(verdict.peer->at_ns), -101e6, 1e5);
    EXPECT_EQ(verdict.bytes.unacknowledged, 512U);
    EXPECT_EQ(verdict.bytes.unread, 0U);
    EXPECT_EQ(verdict.bytes.sent, 612U);
    EXPECT_EQ(verdict.process->pid, 4242U);
    EXPECT_EQ(verdict.write->syscall, "write");
    EXPECT_EQ(verdict.write->fd, 9);
    EXPECT_EQ(verdict.write->error, EPIPE);
    EXPECT_EQ(verdict.connection->id, "64");
    EXPECT_EQ(verdict.connection->opened_by, OpenedBy::kUs);
}

TEST_F(Attribution, CitesTheEventsThatAVerdictRestsOn) {
    c.close(c.peer);
    const std::uint64_t before_the_write = scene.sequence;
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    const std::vector<EventId> evidence = write().evidence;
    EXPECT_THAT(evidence, testing::IsSupersetOf({EventId{0, 1}, EventId{0, 2}})) << "both ends' FIN";
    for (std::uint64_t sequence = before_the_write + 1; sequence <= scene.sequence; ++sequence)
        EXPECT_THAT(evidence, testing::Contains(EventId{0, sequence})) << "the answered write, its RST, the failed one";
}

TEST_F(Attribution, NamesTheSignalThatKilledThePeer) {
    c.close(c.peer, dying(c.peer.process, 9));
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    const Verdict verdict = write();
    expect(verdict, Cause::kPeerClosed, Confidence::kObserved);
    EXPECT_EQ(verdict.peer->act, Act::kKilled);
    EXPECT_EQ(verdict.peer->signal, 9);
}

TEST_F(Attribution, NamesTheStatusWithWhichThePeerExited) {
    c.close(c.peer, dying(c.peer.process, 3 << 8));
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    const Verdict verdict = write();
    EXPECT_EQ(verdict.peer->act, Act::kExit);
    EXPECT_EQ(verdict.peer->exit_status, 3);
}

TEST_F(RemoteAttribution, InfersAPeerThatClosedFirstWhereDataWasOnItsWay) {
    c.close(c.peer);
    c.put_in_flight(c.us, 512);
    c.write_returns(c.us, 512, 512);
    scene.after(30 * kMs);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us);
    const Verdict verdict = write();
    expect(verdict, Cause::kPeerClosed, Confidence::kInferred);
    EXPECT_FALSE(verdict.peer);
    EXPECT_EQ(verdict.bytes.unacknowledged, 512U);
}

TEST_F(RemoteAttribution, InfersAnAbortWhereNoDataWasOnItsWay) {
    c.close(c.peer);
    c.send(c.us, 512); // a peer that only half-closed has acknowledged it
    c.write_returns(c.us, 512, 512);
    scene.after(30 * kMs);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us);
    expect(write(), Cause::kPeerAborted, Confidence::kInferred);
}

TEST_F(RemoteAttribution, InfersAnAbortWhereNoFinCame) {
    c.put_in_flight(c.us, 512);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us, {.error = ECONNRESET});
    const Verdict verdict = write();
    expect(verdict, Cause::kPeerAborted, Confidence::kInferred);
    EXPECT_EQ(to_string(verdict.connection->tuple.remote), "127.0.0.7:5432");
    EXPECT_EQ(verdict.rule, Rule::kUnseenReset);
}

TEST_F(RemoteAttribution, KnowsThePeersFinFromTheStateInWhichTheAttachFoundTheSocket) {
    c.us.state = TcpState::kCloseWait;
    c.find_existing(c.us);
    c.put_in_flight(c.us, 512);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us);
    expect(write(), Cause::kPeerClosed, Confidence::kInferred);
}

TEST_F(Attribution, AStateThatOnlyAFinLeadsToProvesThatThePeerClosed) {
    // Neither end's FIN was reported of: the socket was not watched yet.
    c.us.state = TcpState::kCloseWait;
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    expect(write(), Cause::kPeerClosed, Confidence::kObserved);
}

// Another CPU's: our data comes while the peer's close() is between the end of the connection and its RST.
TEST_F(Attribution, AnAnswerAmidAnAbortIsThatAbort) {
    c.send_unread(c.us, 5);
    c.change(c.peer, TcpState::kClose, doing(c.peer.process, Syscall::kClose));
    c.write_is_answered(c.us, 512, ResetReason::kNoSocket);
    c.fail_write(c.us, {.error = ECONNRESET});
    const Verdict verdict = write();
    expect(verdict, Cause::kPeerAborted, Confidence::kObserved);
    EXPECT_EQ(verdict.rule, Rule::kAmidAbort);
    ASSERT_TRUE(verdict.peer);
    EXPECT_EQ(verdict.peer->act, Act::kClose);
}

// The socket is no longer found a moment before its CLOSE is traced.
TEST_F(Attribution, AnAnswerJustBeforeAnAbortIsTracedIsInferredToBeThatAbort) {
    c.send_unread(c.us, 5);
    c.write_is_answered(c.us, 512, ResetReason::kNoSocket);
    scene.after(20 * kMs);
    c.change(c.peer, TcpState::kClose, doing(c.peer.process, Syscall::kClose));
    c.send_reset(c.peer, ResetReason::kAbortOnClose, doing(c.peer.process, Syscall::kClose));
    c.fail_write(c.us, {.error = ECONNRESET});
    const Verdict verdict = write();
    expect(verdict, Cause::kPeerAborted, Confidence::kInferred);
    EXPECT_EQ(verdict.rule, Rule::kAmidAbort);
    ASSERT_TRUE(verdict.peer);
    EXPECT_EQ(verdict.peer->act, Act::kClose);
}

TEST_F(Attribution, AnAnswerLongBeforeAnAbortIsNotThatAbort) {
    c.send_unread(c.us, 5);
    c.write_is_answered(c.us, 512, ResetReason::kNoSocket);
    scene.after(2'000 * kMs);
    c.change(c.peer, TcpState::kClose, doing(c.peer.process, Syscall::kClose));
    c.fail_write(c.us, {.error = ECONNRESET});
    expect(write(), Cause::kUnknownConnection, Confidence::kObserved);
}

TEST_F(Attribution, AnAnswerWithoutAnyCloseSaysThatTheConnectionIsNotKnown) {
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us, {.error = ECONNRESET});
    expect(write(), Cause::kUnknownConnection, Confidence::kObserved);
}

TEST_F(Attribution, DoesNotTakeAnAnswerToOtherDataForTheAnswerToOurs) {
    c.close(c.peer);
    c.put_in_flight(c.us, 512);
    c.answer_with_reset(c.peer, c.us.progress.snd_una - 5'000, 512, ResetReason::kTimewaitSocket);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us);
    expect(write(), Cause::kPeerClosed, Confidence::kInferred);
}

TEST_F(Attribution, DoesNotTakeAnAnswerToABareSegmentForTheAnswerToOurData) {
    c.close(c.peer);
    const std::uint32_t segment = c.us.progress.snd_nxt;
    c.put_in_flight(c.us, 512);
    c.answer_with_reset(c.peer, segment, 0, ResetReason::kTimewaitSocket); // an acknowledgement, a FIN
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us);
    expect(write(), Cause::kPeerClosed, Confidence::kInferred);
}

TEST_F(Attribution, DoesNotTakeAnAnswerToASynForTheAnswerToOurData) {
    c.close(c.peer);
    const std::uint32_t segment = c.us.progress.snd_nxt;
    c.put_in_flight(c.us, 512);
    c.answer_with_reset(c.peer, segment, 512, ResetReason::kNoSocket);
    std::get<ResetSent>(scene.events.back()).segment_is_syn = true; // with data: Fast Open
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us);
    expect(write(), Cause::kPeerClosed, Confidence::kInferred);
}

TEST_F(Attribution, JoinsAnAnswerWithAResetThatWasHeldUpOnItsWay) {
    c.close(c.peer);
    const std::uint32_t segment = c.us.progress.snd_nxt;
    c.put_in_flight(c.us, 512);
    c.answer_with_reset(c.peer, segment, 512, ResetReason::kTimewaitSocket);
    scene.after(2 * kSecond);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us);
    expect(write(), Cause::kPeerClosed, Confidence::kObserved);
}

TEST_F(Attribution, DoesNotJoinAnAnswerToWhatWasAcknowledgedLongBefore) {
    c.close(c.peer);
    const std::uint32_t segment = c.us.progress.snd_nxt;
    c.send(c.us, 4096);
    c.put_in_flight(c.us, 512);
    c.answer_with_reset(c.peer, segment, 512, ResetReason::kTimewaitSocket);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us);
    expect(write(), Cause::kPeerClosed, Confidence::kInferred);
}

// ── peer-aborted ────────────────────────────────────────────────────────────────────────────────

TEST_F(Attribution, NamesSoLingerZeroWhicheverOfTheTwoResetEventsIsFirst) {
    for (const auto traced : {Connection::Traced::kAfterItsReception, Connection::Traced::kBeforeItsReception}) {
        Scene one;
        Connection connection(one);
        connection.send(connection.us, 100);
        connection.abort_lingering(connection.peer, traced);
        connection.fail_write(connection.us, {.error = ECONNRESET});
        const std::vector<Verdict> reported = one.reported().writes();
        ASSERT_EQ(reported.size(), 1U);
        expect(reported[0], Cause::kPeerAborted, Confidence::kObserved);
        ASSERT_TRUE(reported[0].peer);
        EXPECT_EQ(reported[0].peer->process.pid, 77U);
        EXPECT_TRUE(reported[0].peer->linger_zero);
        EXPECT_EQ(reported[0].peer->unread, 0U);
        EXPECT_EQ(reported[0].peer->act, Act::kClose);
    }
}

TEST_F(Attribution, NamesUnreadDataWhicheverOfTheTwoResetEventsIsFirst) {
    for (const auto traced : {Connection::Traced::kAfterItsReception, Connection::Traced::kBeforeItsReception}) {
        Scene one;
        Connection connection(one);
        connection.send_unread(connection.us, 5);
        connection.abort(connection.peer, ResetReason::kAbortOnClose, traced);
        connection.fail_write(connection.us, {.error = ECONNRESET});
        const std::vector<Verdict> reported = one.reported().writes();
        ASSERT_EQ(reported.size(), 1U);
        expect(reported[0], Cause::kPeerAborted, Confidence::kObserved);
        ASSERT_TRUE(reported[0].peer);
        EXPECT_EQ(reported[0].peer->unread, 5U);
        EXPECT_FALSE(reported[0].peer->linger_zero);
    }
}

TEST_F(Attribution, UnreadDataDecidesBeforeSoLingerZero) {
    c.send_unread(c.us, 5);
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    const Verdict verdict = write();
    EXPECT_EQ(verdict.peer->unread, 5U);
    EXPECT_FALSE(verdict.peer->linger_zero);
}

TEST_F(Attribution, AKilledPeerWithUnreadDataAborts) {
    c.send_unread(c.us, 5);
    c.abort(c.peer, ResetReason::kAbortOnClose, dying(c.peer.process, 9));
    c.fail_write(c.us, {.error = ECONNRESET});
    const Verdict verdict = write();
    expect(verdict, Cause::kPeerAborted, Confidence::kObserved);
    EXPECT_EQ(verdict.peer->act, Act::kKilled);
    EXPECT_EQ(verdict.peer->signal, 9);
    EXPECT_EQ(verdict.peer->unread, 5U);
}

TEST_F(Attribution, AnAbortAfterThePeersFinIsNoClose) {
    c.shut_down(c.peer);
    c.abort_lingering(c.peer);
    c.fail_write(c.us);
    const Verdict verdict = write();
    expect(verdict, Cause::kPeerAborted, Confidence::kObserved);
    EXPECT_TRUE(verdict.peer->linger_zero);
}

TEST_F(Attribution, BlamesTheFirstRstWhenBothSidesReset) {
    c.send_unread(c.us, 5);
    c.abort(c.peer, ResetReason::kAbortOnClose);
    c.us.dead = true;
    c.send_reset(c.us, ResetReason::kState, doing(c.us.process, Syscall::kClose)); // too late to matter
    c.fail_write(c.us, {.error = ECONNRESET});
    const Verdict verdict = write();
    expect(verdict, Cause::kPeerAborted, Confidence::kObserved);
    EXPECT_EQ(verdict.peer->unread, 5U);
}

TEST_F(Attribution, TheFirstResetThatComesIsTheOneThatEndsTheConnection) {
    c.noted = false;
    c.abort_lingering(c.peer);
    ResetReceived again = std::get<ResetReceived>(scene.events.at(1));
    scene.after(20 * kMs);
    again.stamp = scene.stamp();
    scene.add(again);
    c.fail_write(c.us, {.error = ECONNRESET});
    expect(write(), Cause::kPeerAborted, Confidence::kObserved);
}

TEST_F(Attribution, NamesTheAdminWhoKilledTheOtherEnd) {
    c.kill_by_admin(c.peer, task("ss", 999, Syscall::kSendmsg));
    c.fail_write(c.us, {.error = ECONNRESET});
    const Verdict verdict = write();
    expect(verdict, Cause::kKilledByAdmin, Confidence::kObserved);
    EXPECT_FALSE(verdict.peer);
    ASSERT_TRUE(verdict.killed_by);
    EXPECT_EQ(verdict.killed_by->pid, 999U);
}

// sk_err of the killed socket is ECONNABORTED: a close leaves it 0.
TEST_F(Attribution, AKillByTheAdminIsNoCloseThoughDataIsUnread) {
    c.send_unread(c.us, 5);
    c.kill_by_admin(c.peer, task("ss", 999, Syscall::kSendmsg));
    c.fail_write(c.us, {.error = ECONNRESET});
    const Verdict verdict = write();
    EXPECT_EQ(verdict.cause, Cause::kKilledByAdmin);
    EXPECT_FALSE(verdict.peer) << rule_name(verdict);
}

TEST_F(Attribution, AKillByTheAdminIsNoCloseThoughSoLingerZeroIsSet) {
    c.peer.linger_zero = true;
    c.kill_by_admin(c.peer, task("ss", 999, Syscall::kSendmsg));
    c.fail_write(c.us, {.error = ECONNRESET});
    EXPECT_FALSE(write().peer) << rule_name(write());
}

// Data that crosses the abort is answered with a RST of its own, and the abort's RST is the one that ended us.
TEST_F(Attribution, AnAnswerToDataThatCrossedTheAbortDoesNotTakeItsPlace) {
    c.shut_down(c.peer);
    scene.after(5 * kMs);
    const std::uint32_t segment = c.us.progress.snd_nxt;
    c.put_in_flight(c.us, 512);
    c.abort_lingering(c.peer);
    c.answer_with_reset(c.peer, segment, 512, ResetReason::kNoSocket);
    c.fail_write(c.us);
    expect(write(), Cause::kPeerAborted, Confidence::kObserved);
}

} // namespace
} // namespace tcpblame::reconstruct
