// Situations that leave nearly the events that a rule rests on (userspace/reconstruct/rules.cpp), and that no story
// makes.
#include "reconstruct/attribution_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class LookAlikes : public Attribution {
protected:
    /// It ends by a timer or the network.
    void give_up(Side& side, int error, const std::optional<Actor>& by = std::nullopt) {
        side.error = error;
        c.change(side, TcpState::kClose, by);
    }
    /// A passive RST of a socket that is not the peer's.
    ResetSent answer(TcpState state, std::uint32_t segment_seq, std::uint32_t segment_len) {
        ResetSent reset;
        reset.stamp = scene.stamp();
        reset.kind = ResetKind::kPassive;
        reset.socket.tuple = c.peer.tuple;
        reset.socket.netns = 4026531840;
        reset.socket.state = state;
        reset.segment_seq = segment_seq;
        reset.segment_len = segment_len;
        return reset;
    }
    /// The client's first write after a listener has answered what its connection sent.
    Verdict reset_by_listener(ResetSent reset) {
        scene.add(std::move(reset));
        c.receive_reset(c.us, std::nullopt);
        c.fail_write(c.us, {.error = ECONNRESET});
        return write();
    }
    SigpipeSent signal_on(FileKind file, FileState state) {
        SigpipeSent signal;
        signal.stamp = scene.stamp();
        signal.actor = doing(c.us.process, Syscall::kWrite);
        signal.call.file = file;
        signal.call.file_state = state;
        signal.call.fd = 9;
        return signal;
    }
    SendReturned send_on_unix(int error) {
        SendReturned sent;
        sent.stamp = scene.stamp();
        sent.actor = doing(c.us.process, Syscall::kSendto);
        sent.call.file = FileKind::kUnix;
        sent.call.fd = 9;
        sent.result = -error;
        return sent;
    }
};

// ── No connection ───────────────────────────────────────────────────────────────────────────────

TEST_F(LookAlikes, AnIcmpErrorToASynIsNoRefusalByARst) {
    c.us.state = TcpState::kSynSent;
    give_up(c.us, ECONNREFUSED);
    c.fail_write(c.us, {.error = ECONNREFUSED});
    const Verdict verdict = write();
    expect(verdict, Cause::kUnreachable, Confidence::kInferred);
    EXPECT_EQ(verdict.icmp, IcmpKind::kPortUnreachable);
}

TEST_F(LookAlikes, ARefusalOfWhichNoSenderIsSeenMayBeAFirewalls) {
    c.refuse();
    c.fail_write(c.us, {.error = ECONNREFUSED});
    EXPECT_EQ(write().rule, Rule::kRefused);
    EXPECT_TRUE(write().circumstances.reset_sender_seen);
    std::erase_if(scene.events, [](const Event& event) { return std::holds_alternative<ResetSent>(event); });
    EXPECT_EQ(write().rule, Rule::kRefused);
    EXPECT_FALSE(write().circumstances.reset_sender_seen);
}

TEST_F(LookAlikes, WhatRefusedAConnectBeforeTheAttachIsInferred) {
    c.us.state = TcpState::kClose;
    c.erase_remote(c.us);
    c.fail_write(c.us, {.error = ECONNREFUSED});
    expect(write(), Cause::kRefused, Confidence::kInferred);
}

TEST_F(LookAlikes, WhyAConnectFailedBeforeTheAttachIsInferred) {
    c.us.state = TcpState::kClose;
    c.erase_remote(c.us);
    c.fail_write(c.us, {.error = ETIMEDOUT});
    expect(write(), Cause::kNeverConnected, Confidence::kInferred);
}

TEST_F(LookAlikes, AfterADisconnectEpipeDoesNotSayNeverConnected) {
    c.us.state = TcpState::kClose;
    c.erase_remote(c.us);
    c.fail_write(c.us, {.error = ECONNRESET});
    c.fail_write(c.us);
    const std::vector<Verdict> reported = writes();
    ASSERT_THAT(reported, SizeIs(2));
    expect(reported[0], Cause::kLocalAbort, Confidence::kInferred);
    expect(reported[1], Cause::kLocalAbort, Confidence::kInferred);
}

TEST_F(LookAlikes, ADisconnectedSocketMayHaveHadAConnection) {
    c.us.state = TcpState::kClose;
    c.us.progress.write_seq += 65'538; // as tcp_disconnect() leaves it
    c.erase_remote(c.us);
    c.fail_write(c.us);
    const Verdict verdict = write();
    expect(verdict, Cause::kNeverConnected, Confidence::kInferred);
    EXPECT_FALSE(verdict.circumstances.never_used);
}

// ── Our own side ────────────────────────────────────────────────────────────────────────────────

TEST_F(LookAlikes, OurShutdownDoesNotDenyTheResetThatCameAfterIt) {
    c.shut_down(c.us);
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    c.fail_write(c.us);
    const std::vector<Verdict> reported = writes();
    ASSERT_THAT(reported, SizeIs(2));
    expect(reported[1], Cause::kLocalShutdown, Confidence::kObserved);
    EXPECT_TRUE(reported[1].circumstances.reset_came);
}

TEST_F(LookAlikes, AResetThatIsWorkedOffInConnectIsNoDisconnect) {
    c.put_in_flight(c.us, 5);
    c.receive_reset(c.us, doing(c.us.process, Syscall::kConnect));
    c.fail_write(c.us, {.error = ECONNRESET});
    EXPECT_EQ(write().cause, Cause::kPeerAborted);
}

TEST_F(LookAlikes, AnOrphanThatTheKernelDropsDidNotEndWell) {
    c.peer.here = false;
    c.put_in_flight(c.us, 512);
    c.us.dead = true;
    c.change(c.us, TcpState::kCloseWait, std::nullopt);
    c.change(c.us, TcpState::kLastAck, doing(c.us.process, Syscall::kClose));
    c.change(c.us, TcpState::kClose, std::nullopt); // tcp_out_of_resources()
    Listener listener;
    Reconstruction core({}, listener, {.all = true});
    for (const Event& event : scene.events) core.feed(event);
    core.finish();
    ASSERT_THAT(listener.reported.verdicts, SizeIs(1));
    EXPECT_NE(listener.reported.verdicts[0].confidence, Confidence::kObserved)
        << rule_name(listener.reported.verdicts[0]);
}

// ── Errors ──────────────────────────────────────────────────────────────────────────────────────

TEST_F(LookAlikes, NobodyIsNamedForAKillByTheKernel) {
    give_up(c.us, ECONNABORTED);
    c.fail_write(c.us, {.error = ECONNABORTED});
    expect(write(), Cause::kKilledByAdmin, Confidence::kInferred);
    EXPECT_FALSE(write().killed_by);
}

TEST_F(LookAlikes, TheResetOfAnMptcpConnectionIsInferred) {
    give_up(c.us, ECONNRESET);
    std::get<StateChanged>(scene.events.back()).socket.mptcp = true;
    c.fail_write(c.us, {.error = ECONNRESET});
    expect(write(), Cause::kPeerAborted, Confidence::kInferred);
}

TEST_F(LookAlikes, AnErrorOfNoKnownMeaningIsNotExplained) {
    give_up(c.us, EBADMSG);
    c.fail_write(c.us, {.error = EBADMSG});
    expect(write(), Cause::kUnknown, Confidence::kUnknown);
}

TEST_F(LookAlikes, APeerThatWasHeardMeanwhileDidAnswer) {
    c.peer.here = false;
    c.put_in_flight(c.us, 512);
    c.us.progress.retransmits = 8;
    c.us.progress.silent_ms = 3; // it sends on
    give_up(c.us, ETIMEDOUT);
    c.fail_write(c.us, {.error = ETIMEDOUT});
    const Verdict verdict = write();
    expect(verdict, Cause::kTimedOut, Confidence::kObserved);
    EXPECT_NE(verdict.timeout->kind, TimeoutKind::kKeepalive) << "no answer would be said to have come";
}

TEST_F(LookAlikes, APeerThatEndedAfterItWasGivenUpIsNotTheReason) {
    c.put_in_flight(c.us, 512);
    give_up(c.us, ETIMEDOUT);
    scene.after(kMs / 10);
    c.change(c.peer, TcpState::kFinWait1, dying(c.peer.process, 9));
    c.fail_write(c.us, {.error = ETIMEDOUT});
    expect(write(), Cause::kTimedOut, Confidence::kObserved);
    EXPECT_THAT(write().why, IsEmpty());
}

TEST_F(LookAlikes, AClosedWindowOfASilentHostIsSilence) {
    c.us.progress.write_seq += 512;
    c.us.progress.probes = 5;
    c.us.progress.user_timeout_ms = 2'000;
    c.us.progress.silent_ms = 2'100;
    give_up(c.us, ETIMEDOUT);
    std::get<StateChanged>(scene.events.back()).snd_wnd = 0;
    c.fail_write(c.us, {.error = ETIMEDOUT});
    EXPECT_EQ(write().cause, Cause::kTimedOut);
    EXPECT_THAT(write().why, IsEmpty());
}

TEST_F(LookAlikes, WhyNothingCouldBeSentIsInferred) {
    c.us.progress.write_seq += 512;
    c.us.progress.user_timeout_ms = 2'000;
    give_up(c.us, ETIMEDOUT);
    std::get<StateChanged>(scene.events.back()).snd_wnd = 65'536;
    c.fail_write(c.us, {.error = ETIMEDOUT});
    const Verdict verdict = write();
    ASSERT_THAT(verdict.why, SizeIs(1));
    EXPECT_EQ(verdict.why[0].code, ReasonCode::kFilteredHere);
    EXPECT_EQ(verdict.why[0].confidence, Confidence::kInferred);
}

TEST_F(LookAlikes, ARouteThatIsGoneIsNoIcmpError) {
    c.put_in_flight(c.us, 512);
    c.us.progress.retransmits = 6; // tried, and not sent
    give_up(c.us, EHOSTUNREACH);
    c.fail_write(c.us, {.error = EHOSTUNREACH});
    const Verdict verdict = write();
    expect(verdict, Cause::kUnreachable, Confidence::kObserved);
    EXPECT_EQ(verdict.icmp, IcmpKind::kNone);
    ASSERT_THAT(verdict.why, SizeIs(1));
    EXPECT_EQ(verdict.why[0].code, ReasonCode::kNoRoute);
    EXPECT_EQ(verdict.why[0].confidence, Confidence::kInferred) << "it has a route by now";
}

TEST_F(LookAlikes, AnErrorOfKernelTlsIsNoIcmpError) {
    ErrorReported reported;
    reported.stamp = scene.stamp();
    c.us.error = EBADMSG;
    reported.socket = c.us.view(true);
    reported.progress = c.us.progress;
    scene.add(reported);
    c.fail_write(c.us, {.error = EBADMSG});
    const Verdict verdict = write();
    expect(verdict, Cause::kUnknown, Confidence::kUnknown);
    EXPECT_EQ(verdict.rule, Rule::kReportedOther);
    EXPECT_EQ(verdict.circumstances.socket_error, EBADMSG);
    EXPECT_EQ(verdict.icmp, IcmpKind::kNone);
}

// ── Files and signals ───────────────────────────────────────────────────────────────────────────

TEST_F(LookAlikes, ABrokenPipeOverTheDescriptorOfASocketIsNotToBlame) {
    c.abort_lingering(c.peer);
    scene.add(signal_on(FileKind::kPipe, FileState::kBroken));
    c.return_failure(c.us);
    const Verdict verdict = write();
    expect(verdict, Cause::kPeerAborted, Confidence::kObserved);
    EXPECT_EQ(verdict.write->file, FileKind::kTcp);
}

TEST_F(LookAlikes, APipeWhoseReadersWereNotAskedForIsInferred) {
    scene.add(signal_on(FileKind::kPipe, FileState::kNotAsked));
    expect(write(), Cause::kPipeReaderGone, Confidence::kInferred);
}

TEST_F(LookAlikes, ADatagramToAnAddressBreaksNoConnection) {
    SendReturned sent = send_on_unix(ECONNREFUSED);
    sent.call.addressed = true;
    scene.add(sent);
    EXPECT_THAT(writes(), IsEmpty());
}

TEST_F(LookAlikes, AUnixSocketThatLooksWholeIsNotExplained) {
    SendReturned sent = send_on_unix(EPIPE);
    sent.call.file_state = FileState::kWhole;
    scene.add(sent);
    expect(write(), Cause::kUnknown, Confidence::kUnknown);
}

TEST_F(LookAlikes, WhoSentASigpipeOfAnOlderRecordingIsInferred) {
    SigpipeSent signal = signal_on(FileKind::kUnknown, FileState::kNotAsked);
    signal.origin = SignalOrigin::kUnknown;
    signal.sender = task("bystander", 300);
    scene.add(signal);
    expect(write(), Cause::kSentByProcess, Confidence::kInferred);
}

// ── Resets ──────────────────────────────────────────────────────────────────────────────────────

// Its socket is gone when we write, as after a close; but nobody closed it.
TEST_F(LookAlikes, AHalfClosedEndThatWasGivenUpWasNotClosed) {
    c.shut_down(c.peer);
    scene.after(kSecond);
    give_up(c.peer, ETIMEDOUT); // its keepalive; the RST of that was lost
    scene.after(kSecond);
    c.write_is_answered(c.us, 512, ResetReason::kNoSocket);
    c.fail_write(c.us);
    const Verdict verdict = write();
    expect(verdict, Cause::kUnknownConnection, Confidence::kObserved);
    EXPECT_FALSE(verdict.peer);
    EXPECT_EQ(verdict.circumstances.other_end, OtherEnd::kGaveUp);
    EXPECT_EQ(verdict.circumstances.other_end_error, ETIMEDOUT);
}

TEST_F(LookAlikes, AnEndThatWasClosedInSilenceIsReportedSo) {
    c.peer.dead = true;
    c.change(c.peer, TcpState::kClose, task("criu", 600, Syscall::kClose));
    scene.after(kSecond);
    c.write_is_answered(c.us, 512, ResetReason::kNoSocket);
    c.fail_write(c.us, {.error = ECONNRESET});
    const Verdict verdict = write();
    expect(verdict, Cause::kUnknownConnection, Confidence::kObserved);
    EXPECT_EQ(verdict.circumstances.other_end, OtherEnd::kClosedSilently);
}

TEST_F(LookAlikes, WhatCrossedTheFinOfAnotherHostIsInferred) {
    c.peer.here = false;
    c.put_in_flight(c.us, 400);
    c.close(c.peer);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us);
    const Verdict verdict = write();
    expect(verdict, Cause::kPeerClosed, Confidence::kInferred);
    ASSERT_THAT(verdict.why, SizeIs(1));
    EXPECT_EQ(verdict.why[0].code, ReasonCode::kCrossed);
}

// tcp_write_timer() runs in whoever releases the socket's lock.
TEST_F(LookAlikes, ATimerOfThePeerIsNoCloseThoughDataIsUnread) {
    c.send_unread(c.us, 5);
    const Actor reader = task("server", 77);
    c.send_reset(c.peer, ResetReason::kKeepaliveTimeout, reader);
    give_up(c.peer, ETIMEDOUT, reader);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us, {.error = ECONNRESET});
    const Verdict verdict = write();
    expect(verdict, Cause::kPeerAborted, Confidence::kInferred);
    EXPECT_FALSE(verdict.peer) << rule_name(verdict);
}

// Accepted long ago; before 6.12 the reason does not say which timer it was.
TEST_F(LookAlikes, AKeepaliveBesideAClosingListenerIsNotItsAct) {
    StateChanged listener;
    listener.stamp = scene.stamp();
    listener.socket.cookie = 900;
    listener.socket.netns = 4026531840;
    listener.socket.state = TcpState::kListen;
    listener.socket.tuple.local = c.peer.tuple.local;
    listener.actor = doing(c.peer.process, Syscall::kClose);
    listener.old_state = TcpState::kListen;
    listener.new_state = TcpState::kClose;
    scene.add(listener);
    scene.after(500 * kMs);
    ResetSent reset;
    reset.stamp = scene.stamp();
    reset.socket = c.peer.view(false);
    reset.own_nxt = c.peer.progress.snd_nxt;
    scene.add(reset);
    give_up(c.peer, ETIMEDOUT);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us, {.error = ECONNRESET});
    expect(write(), Cause::kPeerAborted, Confidence::kInferred);
    EXPECT_FALSE(write().peer) << rule_name(write());
}

TEST_F(LookAlikes, AProbeThatAFullListenerAnswersIsNoOverflow) {
    c.peer.here = false;
    c.find_existing(c.us);
    ResetSent reset = answer(TcpState::kListen, c.us.progress.snd_una - 1, 0);
    reset.queue = AcceptQueue{.length = 6, .limit = 5, .dropped = 1, .aborts_on_overflow = true};
    expect(reset_by_listener(reset), Cause::kUnknownConnection, Confidence::kObserved);
}

TEST_F(LookAlikes, AnOverflowOfAQueueThatIsNotFullIsInferred) {
    c.peer.here = false;
    c.find_existing(c.us);
    ResetSent reset = answer(TcpState::kListen, c.us.progress.snd_una, 0);
    reset.reason = ResetReason::kInvalidSyn;
    reset.queue = AcceptQueue{.length = 1, .limit = 5, .dropped = 0, .aborts_on_overflow = true};
    expect(reset_by_listener(reset), Cause::kPeerAborted, Confidence::kInferred);
}

TEST_F(LookAlikes, APeerThatHasEndedDidNotMove) {
    give_up(c.peer, ETIMEDOUT);
    ResetSent reset = answer(TcpState::kListen, c.us.progress.snd_una - 1, 0);
    reset.socket.netns = 4026531999;
    const Verdict verdict = reset_by_listener(reset);
    EXPECT_EQ(verdict.cause, Cause::kUnknownConnection) << rule_name(verdict);
    EXPECT_THAT(verdict.why, IsEmpty());
}

TEST_F(LookAlikes, APeerThatWasFoundMayHaveSentTheReset) {
    c.find_existing(c.us);
    c.find_existing(c.peer);
    scene.after(kSecond);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us, {.error = ECONNRESET});
    expect(write(), Cause::kPeerAborted, Confidence::kInferred);
}

TEST_F(LookAlikes, WhereNotEveryResetIsSeenNothingIsBetween) {
    for (Side* side : {&c.us, &c.peer}) {
        side->progress.opened_ns = scene.now();
        c.change(*side, TcpState::kEstablished, std::nullopt);
    }
    scene.after(kSecond);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us, {.error = ECONNRESET});
    for (const bool sees_every_reset : {true, false}) {
        Listener listener;
        Reconstruction core({}, listener, {.sees_every_reset = sees_every_reset});
        for (const Event& event : scene.events) core.feed(event);
        core.finish();
        ASSERT_THAT(listener.reported.writes(), SizeIs(1));
        expect(listener.reported.writes()[0], Cause::kPeerAborted,
               sees_every_reset ? Confidence::kObserved : Confidence::kInferred);
    }
}

} // namespace
} // namespace tcpblame::reconstruct
