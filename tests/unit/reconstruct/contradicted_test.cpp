// Where an event contradicts what others suggest, nothing is reported as seen that was not.
#include "reconstruct/attribution_fixture.hpp"

#include <gmock/gmock.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;
using testing::HasSubstr;
using testing::Not;

TEST_F(Attribution, AResetThatWasSentBeforeTheSocketsChangeIsItsOwnThoughItCameBeforeThat) {
    const Actor closer = doing(c.peer.process, Syscall::kClose);
    c.receive_reset(c.us, std::nullopt);
    c.send_reset(c.peer, ResetReason::kAbortOnClose, closer); // as mptcp_close() does it
    c.change(c.peer, TcpState::kClose, closer);
    c.fail_write(c.us, {.error = ECONNRESET});
    expect(write(), Cause::kPeerAborted, Confidence::kInferred);
    EXPECT_EQ(write().reset_origin, ResetOrigin::kUnknown);
    EXPECT_NE(write().rule, Rule::kBetween);
}

TEST_F(Attribution, AResetThatIsTracedLongAfterItLeftIsNotOneFromBetween) {
    c.us.progress.opened_ns = c.peer.progress.opened_ns = kStart - kSecond;
    const Actor closer = doing(c.peer.process, Syscall::kClose);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us, {.error = ECONNRESET});
    scene.after(240 * kMs); // preempted
    c.send_reset(c.peer, ResetReason::kAbortOnClose, closer);
    c.change(c.peer, TcpState::kClose, closer);
    expect(write(), Cause::kPeerAborted, Confidence::kInferred);
    EXPECT_EQ(write().reset_origin, ResetOrigin::kUnknown);
}

TEST_F(Attribution, DataThatMeetsASocketShutForReadingIsNoResetFromBetween) {
    c.us.progress.opened_ns = c.peer.progress.opened_ns = kStart - kSecond;
    c.peer.shutdown = 3;
    c.shut_down(c.peer);
    c.receive_reset(c.peer, std::nullopt); // the kernel's own; that it answers with one is not seen
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us, {.error = ECONNRESET});
    EXPECT_NE(write().confidence, Confidence::kObserved) << rule_name(write());
}

TEST_F(Attribution, ASynThatWasRefusedByWhatWasNotSeenIsInferred) {
    c.us.state = TcpState::kSynSent;
    c.us.error = ECONNREFUSED;
    c.change(c.us, TcpState::kClose, std::nullopt);
    c.fail_write(c.us, {.error = ECONNREFUSED});
    EXPECT_NE(write().confidence, Confidence::kObserved) << rule_name(write());
}

class FullQueue : public Attribution {
protected:
    void listen(const Actor& by) {
        c.change(c.peer, TcpState::kListen, by);
        auto& opened = std::get<StateChanged>(scene.events.back());
        opened.socket.cookie = 4000 + by.pid;
        opened.socket.tuple.remote = {};
        opened.old_state = TcpState::kClose;
        c.peer.state = TcpState::kEstablished;
    }

    void answer(const std::optional<AcceptQueue>& queue) {
        c.us.progress.bytes_acked = 1;
        c.answer_with_reset(c.peer, c.us.progress.snd_nxt, 0, ResetReason::kInvalidSyn);
        auto& sent = std::get<ResetSent>(scene.events.back());
        sent.socket.state = TcpState::kListen;
        sent.queue = queue;
        c.receive_reset(c.us, std::nullopt);
        c.fail_write(c.us, {.error = ECONNRESET});
    }
};

TEST_F(FullQueue, IsShown) {
    answer(AcceptQueue{.length = 2, .limit = 1, .dropped = 1, .aborts_on_overflow = true});
    expect(write(), Cause::kPeerAborted, Confidence::kObserved);
    ASSERT_EQ(write().why.size(), 1U);
    EXPECT_EQ(write().why.front().code, ReasonCode::kQueueFull);
    EXPECT_FALSE(write().why.front().process);
}

TEST_F(FullQueue, NamesWhoListens) {
    listen(task("server", 40));
    answer(AcceptQueue{.length = 2, .limit = 1, .dropped = 1, .aborts_on_overflow = true});
    ASSERT_EQ(write().why.size(), 1U);
    ASSERT_TRUE(write().why.front().process);
    EXPECT_EQ(write().why.front().process->pid, 40U);
}

TEST_F(FullQueue, NamesNobodyWhereAListenerWasThereBefore) {
    listen(task("server", 40));
    SocketExisted before;
    before.stamp = scene.stamp();
    before.socket = std::get<StateChanged>(scene.events.back()).socket;
    before.socket.cookie = 4999;
    before.socket.state = TcpState::kListen;
    before.actor = task("server", 40); // it may have inherited it
    scene.add(before);
    answer(AcceptQueue{.length = 2, .limit = 1, .dropped = 1, .aborts_on_overflow = true});
    ASSERT_EQ(write().why.size(), 1U);
    EXPECT_FALSE(write().why.front().process);
}

TEST_F(FullQueue, NamesNobodyOfSeveralThatListen) {
    listen(task("server", 40));
    listen(task("another", 41));
    answer(AcceptQueue{.length = 2, .limit = 1, .dropped = 1, .aborts_on_overflow = true});
    ASSERT_EQ(write().why.size(), 1U);
    EXPECT_FALSE(write().why.front().process);
}

TEST_F(FullQueue, IsNotShownWhereItHasRoomAgain) {
    answer(AcceptQueue{.length = 1, .limit = 1, .dropped = 1, .aborts_on_overflow = true});
    // INVALID_SYN is given as well where a socket could not be made for want of memory.
    expect(write(), Cause::kPeerAborted, Confidence::kInferred);
    EXPECT_TRUE(write().why.empty());
}

TEST_F(Attribution, AKernelThreadIsNeverNamed) {
    Actor worker = doing(task("kworker/1:0", 31), Syscall::kClose);
    worker.kernel_thread = true;
    c.close(c.peer, worker);
    c.change(c.us, TcpState::kCloseWait, std::nullopt);
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    expect(write(), Cause::kPeerClosed, Confidence::kObserved);
    EXPECT_FALSE(write().peer);
    for (const TimelineEntry& row : write().timeline) EXPECT_NE(row.name, "kworker");
}

TEST_F(Attribution, ATimersSignalHasNoSender) {
    for (const SignalOrigin origin : {SignalOrigin::kTimer, SignalOrigin::kKernel}) {
        Scene one;
        Connection connection(one);
        connection.raise_sigpipe(connection.us);
        auto& signal = std::get<SigpipeSent>(one.events.back());
        signal.origin = origin;
        signal.sender = task("bystander", 99);
        const std::vector<Verdict> reported = one.reported().writes();
        ASSERT_EQ(reported.size(), 1U);
        expect(reported[0], Cause::kSentByProcess, Confidence::kObserved);
        EXPECT_FALSE(reported[0].sender);
    }
}

TEST_F(Attribution, AnAbortThatNoSocketOfThePeerSentNamesNobody) {
    c.us.progress.bytes_acked = 1;
    c.receive_reset(c.us, std::nullopt);
    c.send_reset(c.peer, ResetReason::kState, c.peer.process);
    auto& sent = std::get<ResetSent>(scene.events.back());
    sent.socket.cookie = 0; // a damaged recording
    sent.actor.reset();
    c.fail_write(c.us, {.error = ECONNRESET});
    EXPECT_NE(write().confidence, Confidence::kObserved);
    EXPECT_FALSE(write().peer);
}

} // namespace
} // namespace tcpblame::reconstruct
