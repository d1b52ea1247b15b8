// Writes that fail by our own doing, without a connection, or for nothing that was seen; and errors that
// somebody else was given.
#include "reconstruct/attribution_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// ── local-shutdown ──────────────────────────────────────────────────────────────────────────────

TEST_F(Attribution, BlamesOurOwnShutdown) {
    c.shut_down(c.us);
    scene.after(kMs);
    c.fail_write(c.us);
    const Verdict verdict = write();
    expect(verdict, Cause::kLocalShutdown, Confidence::kObserved);
    EXPECT_EQ(verdict.rule, Rule::kLocalShutdown);
    EXPECT_FALSE(verdict.circumstances.other_holder);
    EXPECT_FALSE(verdict.circumstances.reset_came);
    EXPECT_FALSE(verdict.peer);
    EXPECT_THAT(verdict.modifiers, IsEmpty());
    EXPECT_EQ(verdict.bytes.unacknowledged, 0U);
}

TEST_F(Attribution, NamesTheOtherProcessThatShutDownOurSocket) {
    c.shut_down(c.us, task("helper", 555, Syscall::kShutdown));
    c.fail_write(c.us);
    const Verdict verdict = write();
    expect(verdict, Cause::kLocalShutdown, Confidence::kObserved);
    EXPECT_EQ(verdict.rule, Rule::kLocalShutdown);
    ASSERT_TRUE(verdict.circumstances.other_holder);
    EXPECT_EQ(verdict.circumstances.other_holder->name, "helper");
    EXPECT_EQ(verdict.circumstances.other_holder->pid, 555U);
}

TEST_F(Attribution, OurShutdownIsNoErrorThatAnEarlierWriteCouldTake) {
    c.shut_down(c.us);
    c.fail_write(c.us);
    c.fail_write(c.us);
    const std::vector<Verdict> reported = writes();
    ASSERT_EQ(reported.size(), 2U);
    EXPECT_THAT(reported[1].modifiers, IsEmpty());
}

TEST_F(Attribution, AFinThatIsPartOfAProcesssEndIsNoShutdown) {
    c.shut_down(c.us, dying(task("helper", 555), 9));
    c.fail_write(c.us);
    expect(write(), Cause::kUnknown, Confidence::kUnknown);
}

TEST_F(Attribution, FindsAShutdownBeforeTheAttachByTheSocketsState) {
    for (const TcpState state : {TcpState::kFinWait1, TcpState::kFinWait2, TcpState::kClosing, TcpState::kLastAck}) {
        Scene one;
        Connection connection(one);
        connection.us.state = state;
        connection.fail_write(connection.us);
        const std::vector<Verdict> reported = one.reported().writes();
        ASSERT_EQ(reported.size(), 1U);
        expect(reported[0], Cause::kLocalShutdown, Confidence::kObserved);
        EXPECT_EQ(reported[0].rule, Rule::kLocalShutdownUnseen);
    }
}

TEST_F(Attribution, AShutdownAfterThePeersFinIsOurs) {
    c.close(c.peer);
    c.shut_down(c.us);
    c.fail_write(c.us);
    expect(write(), Cause::kLocalShutdown, Confidence::kObserved);
}

TEST_F(Attribution, AfterOurShutdownAResetTakesOneWriteAndTheShutdownTheNext) {
    c.shut_down(c.us);
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    c.fail_write(c.us);
    const std::vector<Verdict> reported = writes();
    ASSERT_EQ(reported.size(), 2U);
    expect(reported[0], Cause::kPeerAborted, Confidence::kObserved);
    expect(reported[1], Cause::kLocalShutdown, Confidence::kObserved);
}

TEST_F(Attribution, AShutdownAfterAResetIsNotToBlame) {
    c.abort_lingering(c.peer);
    c.us.state = TcpState::kEstablished; // as if it could still send a FIN
    c.change(c.us, TcpState::kFinWait1, doing(c.us.process, Syscall::kShutdown));
    c.fail_write(c.us);
    expect(write(), Cause::kPeerAborted, Confidence::kObserved);
}

// ── refused, never connected ────────────────────────────────────────────────────────────────────

TEST_F(Attribution, ReportsARefusalToTheWriteThatGetsIt) {
    c.refuse();
    c.fail_write(c.us, {.error = ECONNREFUSED});
    c.fail_write(c.us);
    const std::vector<Verdict> reported = writes();
    ASSERT_EQ(reported.size(), 2U);
    expect(reported[0], Cause::kRefused, Confidence::kObserved);
    EXPECT_THAT(reported[0].modifiers, IsEmpty());
    EXPECT_EQ(to_string(reported[0].connection->tuple.remote), "127.0.0.7:5432");
    expect(reported[1], Cause::kNeverConnected, Confidence::kObserved);
    EXPECT_THAT(reported[1].modifiers, ElementsAre(Modifier::kErrorAlreadyTaken));
}

TEST_F(Attribution, RemembersWhomABlockingConnectTriedThoughTheEndsAreErased) {
    c.refuse();
    c.erase_remote(c.us);
    c.fail_write(c.us);
    const Verdict verdict = write();
    expect(verdict, Cause::kNeverConnected, Confidence::kObserved);
    EXPECT_EQ(verdict.rule, Rule::kRefusedBefore);
    EXPECT_EQ(to_string(verdict.connection->tuple.remote), "127.0.0.7:5432");
    EXPECT_EQ(verdict.connection->opened_by, OpenedBy::kUs);
}

TEST_F(Attribution, KnowsASocketThatWasNeverConnectedWithoutHistory) {
    c.us.state = TcpState::kClose;
    c.us.opened_by = OpenedBy::kUnknown;
    c.us.progress = {};
    c.erase_remote(c.us);
    c.fail_write(c.us);
    const Verdict verdict = write();
    expect(verdict, Cause::kNeverConnected, Confidence::kObserved);
    EXPECT_THAT(verdict.modifiers, IsEmpty());
}

TEST_F(Attribution, ASocketThatHadAConnectionWasNotNeverConnected) {
    c.find_existing(c.us);
    c.us.state = TcpState::kClose;
    c.erase_remote(c.us); // as connect(AF_UNSPEC) does
    c.fail_write(c.us);
    expect(write(), Cause::kUnknown, Confidence::kUnknown);
}

TEST_F(Attribution, ASocketThatHasNoConnectionByItsSignalAloneMayHaveHadOne) {
    c.us.state = TcpState::kClose;
    c.us.cookie = 0;
    c.erase_remote(c.us);
    c.raise_sigpipe(c.us);
    expect(write(), Cause::kNeverConnected, Confidence::kInferred); // its send would say whether it was disconnected
}

// No error was ever on this socket that somebody could have taken.
TEST_F(Attribution, NobodyTookAnErrorFromASocketThatWasNeverConnected) {
    c.us.state = TcpState::kClose;
    c.us.progress = {};
    c.erase_remote(c.us);
    c.fail_write(c.us);
    c.fail_write(c.us);
    const std::vector<Verdict> reported = writes();
    ASSERT_EQ(reported.size(), 2U);
    EXPECT_THAT(reported[1].modifiers, IsEmpty());
}

// connect() may be called again on the same socket: what broke later is not the refusal.
TEST_F(Attribution, ARefusalIsOverWhenTheSameSocketConnectsAgain) {
    c.refuse();
    scene.after(50 * kMs);
    Connection again(scene, {.our_port = 41824, .our_first = 70'000'000, .peer_first = 80'000'000});
    again.close(again.peer);
    scene.after(kMs);
    again.write_is_answered(again.us, 512);
    again.fail_write(again.us);
    expect(write(), Cause::kPeerClosed, Confidence::kObserved);
}

// ── unknown ─────────────────────────────────────────────────────────────────────────────────────

TEST_F(Attribution, SaysNothingOfAConnectionThatEndedUnseen) {
    c.us.state = TcpState::kClose;
    c.fail_write(c.us);
    const Verdict verdict = write();
    expect(verdict, Cause::kUnknown, Confidence::kUnknown);
    EXPECT_EQ(verdict.rule, Rule::kNobody);
    EXPECT_FALSE(verdict.peer);
}

TEST_F(Attribution, SaysWithWhichErrorAConnectionEndedWithoutAReset) {
    c.us.error = ETIMEDOUT;
    c.change(c.us, TcpState::kClose, std::nullopt);
    c.fail_write(c.us, {.error = ETIMEDOUT});
    const Verdict verdict = write();
    expect(verdict, Cause::kTimedOut, Confidence::kObserved);
    ASSERT_TRUE(verdict.timeout);
    EXPECT_EQ(verdict.timeout->kind, TimeoutKind::kRetransmission);
}

TEST_F(Attribution, DoesNotBelieveAResetThatOurOwnSocketMade) {
    peer_writes_after_our_shutdown(c, 512);
    const std::vector<Verdict> reported = writes();
    ASSERT_EQ(reported.size(), 3U);
    expect(reported[0], Cause::kPeerClosed, Confidence::kObserved); // the peer's own write: we are its peer
    EXPECT_EQ(reported[0].process->pid, 77U);
    EXPECT_EQ(reported[0].peer->process.pid, 4242U);
    EXPECT_EQ(reported[0].peer->act, Act::kShutdown);
    expect(reported[1], Cause::kUnknown, Confidence::kUnknown);
    EXPECT_EQ(reported[1].rule, Rule::kErrorWithoutReset);
    EXPECT_EQ(reported[1].circumstances.socket_error, ECONNRESET);
    for (const TimelineEntry& entry : reported[1].timeline) EXPECT_NE(entry.event, TimelineEvent::kRstReceived);
    expect(reported[2], Cause::kLocalShutdown, Confidence::kObserved);
}

// ── error-already-taken ─────────────────────────────────────────────────────────────────────────

TEST_F(Attribution, TheWriteThatGetsTheErrorGetsItFirstHand) {
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    c.fail_write(c.us);
    const std::vector<Verdict> reported = writes();
    ASSERT_EQ(reported.size(), 2U);
    EXPECT_THAT(reported[0].modifiers, IsEmpty());
    EXPECT_THAT(reported[1].modifiers, ElementsAre(Modifier::kErrorAlreadyTaken));
}

TEST_F(Attribution, AReadTookTheErrorWhereTheFirstWriteGetsAnother) {
    c.abort_lingering(c.peer); // ECONNRESET, which read() or SO_ERROR took
    c.fail_write(c.us);
    EXPECT_THAT(write().modifiers, ElementsAre(Modifier::kErrorAlreadyTaken));
}

TEST_F(Attribution, NobodyTookTheEpipeThatAResetInCloseWaitLeaves) {
    c.close(c.peer);
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    EXPECT_THAT(write().modifiers, IsEmpty());
}

} // namespace
} // namespace tcpblame::reconstruct
