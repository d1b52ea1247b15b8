// When a verdict is reported, and what is reported of connections that broke.
#include "reconstruct/attribution_fixture.hpp"
#include "reconstruct/shift.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kHeldBack = Schedule::kSettleNs + Ordering::kWindowNs;

class ReconstructionTest : public Attribution {
protected:
    void feed_scene() {
        for (const Event& event : scene.events) core.feed(event);
        scene.events.clear();
    }
    void pass_time_to(std::uint64_t now_ns) { core.feed(TimePassed{now_ns}); }
    const std::vector<Verdict>& reported() const { return listener.reported.verdicts; }
    std::vector<Verdict> teardowns() const { return scene.reported().teardowns(); }

    Listener listener;
    Reconstruction core{{}, listener};
};

// ── When ────────────────────────────────────────────────────────────────────────────────────────

TEST_F(ReconstructionTest, HoldsAVerdictBackUntilWhatTheWriteCausedCanHaveCome) {
    EXPECT_EQ(core.next_due_ns(), Schedule::kNothingDue);
    c.shut_down(c.us);
    feed_scene();
    EXPECT_EQ(core.next_due_ns(), Schedule::kNothingDue) << "nothing failed yet";
    const std::uint64_t before = scene.now();
    c.fail_write(c.us);
    feed_scene();
    const std::uint64_t failed_at = core.next_due_ns() - kHeldBack;
    EXPECT_GE(failed_at, before);
    EXPECT_LE(failed_at, scene.now());

    pass_time_to(failed_at + kHeldBack - 1);
    EXPECT_THAT(reported(), IsEmpty());
    EXPECT_EQ(core.next_due_ns(), failed_at + kHeldBack);
    pass_time_to(failed_at + kHeldBack);
    EXPECT_THAT(reported(), SizeIs(1));
    EXPECT_EQ(core.next_due_ns(), Schedule::kNothingDue);
}

TEST_F(ReconstructionTest, HearsAnEventThatHappenedBeforeTheWriteAndCameAfterIt) {
    c.close(c.peer);
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    std::rotate(scene.events.begin(), scene.events.begin() + 4, scene.events.end()); // the FINs come last
    const std::uint64_t failed_at = scene.now();
    feed_scene();
    pass_time_to(failed_at + kHeldBack);
    ASSERT_THAT(reported(), SizeIs(1));
    expect(reported()[0], Cause::kPeerClosed, Confidence::kObserved);
}

TEST_F(ReconstructionTest, SaysWhenTheSecondOfTwoWritesIsDueOnceTheFirstIsReported) {
    c.shut_down(c.us);
    c.fail_write(c.us, {.handler = SignalHandler::kIgnore});
    feed_scene();
    const std::uint64_t first = core.next_due_ns();
    scene.after(100 * kUs);
    c.fail_write(c.us);
    feed_scene();
    pass_time_to(first);
    EXPECT_THAT(reported(), SizeIs(1));
    const std::uint64_t second = core.next_due_ns();
    EXPECT_GE(second, first + 100 * kUs);
    EXPECT_LE(second, scene.now() + kHeldBack);
    pass_time_to(second);
    EXPECT_THAT(reported(), SizeIs(2));
}

// The second write is still within the ordering window when the first is reported.
TEST_F(ReconstructionTest, SaysWhenAWriteIsDueThatHasNotBeenPutInOrderYet) {
    c.shut_down(c.us);
    c.fail_write(c.us, {.handler = SignalHandler::kIgnore});
    feed_scene();
    const std::uint64_t first = core.next_due_ns();
    scene.after(900 * kUs);
    c.raise_sigpipe(c.us);
    const std::uint64_t second = scene.now() + kHeldBack;
    feed_scene();
    pass_time_to(first);
    EXPECT_THAT(reported(), SizeIs(1));
    EXPECT_EQ(core.next_due_ns(), second);
}

// A machine that stands still for a while, as an emulated one may.
TEST_F(ReconstructionTest, ReportsAWriteOnceThoughItsSendReturnsAfterAllPatience) {
    c.shut_down(c.us);
    c.raise_sigpipe(c.us);
    feed_scene();
    pass_time_to(scene.now() + Schedule::kPatienceNs * 10);
    EXPECT_THAT(listener.reported.writes(), SizeIs(1));
    c.return_failure(c.us);
    feed_scene();
    pass_time_to(scene.now() + Schedule::kPatienceNs * 10);
    EXPECT_THAT(listener.reported.writes(), SizeIs(1));
    c.fail_write(c.us); // the next is another one
    feed_scene();
    pass_time_to(scene.now() + Schedule::kPatienceNs * 10);
    EXPECT_THAT(listener.reported.writes(), SizeIs(2));
}

// The reader was stopped, or starved: all that happened meanwhile comes at once.
TEST_F(ReconstructionTest, ReportsWhatItReadLateBeforeItForgetsTheConnection) {
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    scene.after(2 * Connections::kRememberNs);
    Connection later(scene, {.cookie = 500, .our_port = 45'000});
    later.close(later.peer);
    later.write_is_answered(later.us, 512);
    feed_scene();
    pass_time_to(scene.now() + kHeldBack);
    const std::vector<Verdict> writes = listener.reported.writes();
    ASSERT_THAT(writes, SizeIs(1));
    expect(writes[0], Cause::kPeerAborted, Confidence::kObserved);
}

TEST_F(ReconstructionTest, ReportsAtTheEndWhatStillWaits) {
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    feed_scene();
    EXPECT_THAT(reported(), IsEmpty());
    core.finish();
    EXPECT_THAT(listener.reported.writes(), SizeIs(1));
    EXPECT_THAT(listener.reported.teardowns(), SizeIs(1));
    core.finish();
    EXPECT_THAT(reported(), SizeIs(2)) << "once";
}

TEST_F(ReconstructionTest, SucceedingWritesAreNothingToTell) {
    c.close(c.peer);
    c.write_returns(c.us, 512, 512);
    EXPECT_THAT(scene.reported().verdicts, IsEmpty());
}

// ── Connections that broke ──────────────────────────────────────────────────────────────────────

TEST_F(ReconstructionTest, ReportsABrokenConnectionWhenItsSocketIsGone) {
    c.find_existing(c.us);
    c.abort_lingering(c.peer);
    scene.after(20 * kMs);
    c.last_close(c.us);
    feed_scene();
    const std::uint64_t gone_at = scene.now();
    pass_time_to(gone_at + kHeldBack - 1);
    EXPECT_THAT(reported(), IsEmpty());
    pass_time_to(gone_at + kHeldBack);
    ASSERT_THAT(reported(), SizeIs(1));
    EXPECT_EQ(reported()[0].kind, VerdictKind::kTeardown);
    expect(reported()[0], Cause::kPeerAborted, Confidence::kObserved);
    EXPECT_LT(reported()[0].monotonic_ns, gone_at - 20 * kMs) << "the moment of the break";
    EXPECT_FALSE(reported()[0].write);
    EXPECT_FALSE(reported()[0].write_failed);
    EXPECT_EQ(reported()[0].process->pid, 4242U);
    EXPECT_EQ(reported()[0].process->tid, 0U);
    EXPECT_TRUE(reported()[0].peer->linger_zero);
    pass_time_to(gone_at + 10 * kSecond);
    EXPECT_THAT(reported(), SizeIs(1)) << "once";
}

TEST_F(ReconstructionTest, ReportsABrokenConnectionThatIsHeldOnToAfterAWhile) {
    c.abort_lingering(c.peer);
    feed_scene();
    const std::uint64_t broke_at = c.off_the_wire_ns;
    pass_time_to(broke_at + Schedule::kTeardownPatienceNs + Ordering::kWindowNs - 1);
    EXPECT_THAT(reported(), IsEmpty());
    pass_time_to(broke_at + Schedule::kTeardownPatienceNs + Ordering::kWindowNs);
    EXPECT_THAT(reported(), SizeIs(1));
    c.last_close(c.us);
    feed_scene();
    pass_time_to(broke_at + 5 * kSecond);
    EXPECT_THAT(reported(), SizeIs(1)) << "once";
}

TEST_F(ReconstructionTest, SaysOfABrokenConnectionWhetherAWriteFailed) {
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    c.last_close(c.us);
    ASSERT_THAT(teardowns(), SizeIs(1));
    EXPECT_TRUE(teardowns()[0].write_failed);
    EXPECT_TRUE(writes().at(0).write_failed);
}

// ── Which of several verdicts counts ────────────────────────────────────────────────────────────

std::vector<bool> primary(const std::vector<Verdict>& verdicts) {
    std::vector<bool> primary;
    for (const Verdict& verdict : verdicts) primary.push_back(verdict.primary);
    return primary;
}

TEST_F(ReconstructionTest, CountsABreakByTheFirstOfItsFailedWrites) {
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    scene.after(kMs);
    c.fail_write(c.us, {.handler = SignalHandler::kIgnore});
    c.last_close(c.us);
    const auto verdicts = scene.reported().verdicts;
    EXPECT_EQ(verdicts.back().kind, VerdictKind::kTeardown);
    EXPECT_EQ(primary(verdicts), (std::vector<bool>{true, false, false}));
}

TEST_F(ReconstructionTest, CountsABreakByItsTeardownWhereNoWriteFailed) {
    c.abort_lingering(c.peer);
    c.last_close(c.us);
    EXPECT_EQ(primary(scene.reported().verdicts), std::vector<bool>{true});
}

TEST_F(ReconstructionTest, CountsABreakOnceWhereAWriteFailsAfterItWasReported) {
    c.abort_lingering(c.peer);
    feed_scene();
    pass_time_to(scene.now() + 5 * kSecond);
    scene.after(10 * kSecond);
    c.fail_write(c.us, {.error = ECONNRESET});
    feed_scene();
    pass_time_to(scene.now() + kSecond);
    ASSERT_THAT(reported(), SizeIs(2));
    EXPECT_EQ(reported()[0].kind, VerdictKind::kTeardown);
    EXPECT_EQ(primary(reported()), (std::vector<bool>{true, false}));
}

TEST_F(ReconstructionTest, CountsABreakByItsTeardownWhereAReadTookTheError) {
    c.abort_lingering(c.peer);
    ErrorReceived taken;
    taken.stamp = scene.stamp();
    taken.actor = doing(c.us.process, Syscall::kUnknown);
    taken.socket = c.us.view(true);
    taken.error = ECONNRESET;
    scene.add(taken);
    c.last_close(c.us);
    ASSERT_THAT(teardowns(), SizeIs(1));
    EXPECT_FALSE(teardowns()[0].write_failed);
    EXPECT_TRUE(teardowns()[0].primary);
}

TEST_F(ReconstructionTest, CountsNoConnectionThatEndedWell) {
    c.close(c.peer);
    c.close(c.us);
    c.last_close(c.us);
    for (const Verdict& verdict : scene.reported({}, {.all = true}).verdicts) EXPECT_FALSE(verdict.primary);
}

// ── What a verdict is known by ──────────────────────────────────────────────────────────────────

TEST_F(ReconstructionTest, NamesTheEventThatAVerdictIsAbout) {
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    scene.after(kMs);
    c.fail_write(c.us, {.handler = SignalHandler::kIgnore});
    c.last_close(c.us);
    std::vector<EventId> events;
    for (const Verdict& verdict : scene.reported().verdicts) {
        EXPECT_NE(verdict.event.sequence, 0U);
        events.push_back(verdict.event);
    }
    ASSERT_THAT(events, SizeIs(3));
    EXPECT_NE(events[0], events[1]);
}

TEST_F(ReconstructionTest, ReportsABreakForAnotherReasonThanAReset) {
    c.us.error = ETIMEDOUT;
    c.change(c.us, TcpState::kClose, std::nullopt);
    ASSERT_THAT(teardowns(), SizeIs(1));
    expect(teardowns()[0], Cause::kTimedOut, Confidence::kObserved);
}

// The thread was preempted between its SIGPIPE and its send's return: one write, one verdict.
TEST_F(ReconstructionTest, WaitsForTheSendOfASigpipe) {
    c.shut_down(c.us);
    c.raise_sigpipe(c.us);
    feed_scene();
    pass_time_to(scene.now() + 20 * kMs);
    EXPECT_THAT(reported(), IsEmpty());
    pass_time_to(scene.now() + Schedule::kPatienceNs + kMs);
    EXPECT_THAT(reported(), SizeIs(1)) << "the send's event may be lost";
}

TEST_F(ReconstructionTest, ARefusedConnectIsNoBrokenConnection) {
    c.refuse();
    c.last_close(c.us);
    EXPECT_THAT(scene.reported().verdicts, IsEmpty());
}

TEST_F(ReconstructionTest, ASocketThatNobodyHeldDidNotBreak) {
    c.us.dead = true;
    c.receive_reset(c.us, std::nullopt);
    EXPECT_THAT(scene.reported().verdicts, IsEmpty());
}

TEST_F(ReconstructionTest, OurOwnAbortIsNoBreak) {
    c.peer.here = false;
    c.us.linger_zero = true;
    c.abort_lingering(c.us);
    EXPECT_THAT(scene.reported().verdicts, IsEmpty());
}

TEST_F(ReconstructionTest, ANormalEndIsNoBreak) {
    c.close(c.peer);
    c.close(c.us);
    EXPECT_THAT(scene.reported().verdicts, IsEmpty());
}

// ── Bytes ───────────────────────────────────────────────────────────────────────────────────────

TEST_F(ReconstructionTest, CountsPayloadOnlyNotSynOrFin) {
    c.send(c.us, 1'000);
    c.send(c.peer, 300);
    c.send_unread(c.peer, 50);
    c.close(c.peer);
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    const ByteCounts bytes = write().bytes;
    EXPECT_EQ(bytes.sent, 1'512U);
    EXPECT_EQ(bytes.unacknowledged, 512U);
    EXPECT_EQ(bytes.received, 350U);
    EXPECT_EQ(bytes.unread, 50U);
}

TEST_F(ReconstructionTest, DoesNotCountOurAcknowledgedFin) {
    c.send(c.us, 1'000);
    c.shut_down(c.us);
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    const ByteCounts bytes = write().bytes;
    EXPECT_EQ(bytes.sent, 1'000U);
    EXPECT_EQ(bytes.unacknowledged, 0U);
}

TEST_F(ReconstructionTest, DoesNotSayHowMuchWasSentWhereItIsNotKnownWhoOpened) {
    c.us.opened_by = OpenedBy::kUnknown;
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    EXPECT_FALSE(write().bytes.sent);
    EXPECT_TRUE(write().bytes.received);
}

TEST_F(ReconstructionTest, CountsStayThoseOfTheEndThoughADisconnectResetsThem) {
    c.send(c.us, 1'000);
    c.put_in_flight(c.us, 700);
    c.abort_lingering(c.peer);
    c.us.progress.write_seq += 65'538;
    c.us.progress.bytes_acked = 0;
    c.fail_write(c.us, {.error = ECONNRESET});
    EXPECT_EQ(write().bytes.unacknowledged, 700U);
    EXPECT_TRUE(write().peer) << "the peer is found by the numbers, too";
}

// ── What /proc reported ─────────────────────────────────────────────────────────────────────────────

TEST_F(ReconstructionTest, DescribesTheWriterWithWhatProcReported) {
    ProcessKnown known;
    known.pid = 4242;
    known.exe = "/usr/bin/orders-api";
    known.cgroup = "/system.slice";
    known.mappings = {{0x1000, 0x2000, 0x500, "/usr/lib/libc.so.6"}};
    scene.add(known);
    c.shut_down(c.us);
    c.raise_sigpipe(c.us);
    std::get<SigpipeSent>(scene.events.back()).stack = {frame_at(0x1234)};
    const Verdict verdict = write();
    EXPECT_EQ(verdict.process->exe, "/usr/bin/orders-api");
    EXPECT_EQ(verdict.process->cgroup, "/system.slice");
    EXPECT_EQ(verdict.stack.at(0).module, "libc.so.6");
    EXPECT_EQ(verdict.stack.at(0).offset, 0x734U);
}

TEST(Reconstruction, PassesOnThatTheClockWasSet) {
    Listener listener;
    Reconstruction core({}, listener);
    core.feed(ClockSet{5, 100});
    EXPECT_EQ(listener.settings, std::vector{(ClockSet{5, 100})});
}

TEST(Reconstruction, ASettingOfTheClockNamesTheSameTimeOfDayByAnotherHostsClock) {
    Event set = ClockSet{50, 100};
    shift(set, 20);
    EXPECT_EQ(std::get<ClockSet>(set), (ClockSet{70, 80}));
}

} // namespace
} // namespace tcpblame::reconstruct
