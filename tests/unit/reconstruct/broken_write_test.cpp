// A failed write, put together from its signal, its return and its process's exit; and the files that are
// no TCP connection.
#include "reconstruct/attribution_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;
using testing::HasSubstr;

class BrokenWriteTest : public Attribution {
protected:
    /// The disposition of a write after our own shutdown that fails like this.
    Disposition disposition_of(const Failing& failing) {
        c.shut_down(c.us);
        c.fail_write(c.us, failing);
        return write().disposition;
    }
    SigpipeSent signal_on(FileKind file, int fd = 1) {
        SigpipeSent signal;
        signal.stamp = scene.stamp();
        signal.actor = task("yes", 300, Syscall::kWrite);
        signal.call.file = file;
        signal.call.fd = fd;
        signal.call.bytes = 2;
        return signal;
    }
    SendReturned return_on(FileKind file, int result = -EPIPE, int fd = 1) {
        SendReturned sent;
        sent.stamp = scene.stamp();
        sent.actor = task("yes", 300, Syscall::kWrite);
        sent.call.file = file;
        sent.call.fd = fd;
        sent.result = result;
        return sent;
    }
    /// What /proc says of the process that writes.
    static ProcessKnown code_at(std::uint64_t start, std::uint64_t end) {
        ProcessKnown known;
        known.pid = 300;
        known.exe = "/usr/bin/yes";
        known.mappings.push_back({start, end, 0, known.exe});
        return known;
    }
    ProcessExited exit_of(std::uint32_t pid) { return {scene.stamp(), dying(task("gone", pid), SIGPIPE)}; }
};

// ── What became of the signal ───────────────────────────────────────────────────────────────────

TEST_F(BrokenWriteTest, IsKilledByTheDefaultAction) { EXPECT_EQ(disposition_of({}), Disposition::kKilled); }

TEST_F(BrokenWriteTest, IsHandledByAFunction) {
    EXPECT_EQ(disposition_of({.handler = SignalHandler::kFunction}), Disposition::kHandled);
}

TEST_F(BrokenWriteTest, IgnoresBySigIgn) {
    EXPECT_EQ(disposition_of({.handler = SignalHandler::kIgnore}), Disposition::kIgnored);
}

TEST_F(BrokenWriteTest, IsIgnoredByTheKernelWhateverTheHandler) {
    EXPECT_EQ(disposition_of({.ignored = true}), Disposition::kIgnored);
}

TEST_F(BrokenWriteTest, BlocksTheSignalWhateverItsHandler) {
    EXPECT_EQ(disposition_of({.handler = SignalHandler::kFunction, .blocked = true}), Disposition::kBlocked);
}

TEST_F(BrokenWriteTest, SuppressesTheSignalByMsgNosignal) {
    EXPECT_EQ(disposition_of({.no_signal = true}), Disposition::kSuppressed);
}

TEST_F(BrokenWriteTest, IsDueNoSignalWhereTheErrorIsNotEpipe) {
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    c.fail_write(c.us, {.error = ECONNRESET, .no_signal = true});
    const std::vector<Verdict> reported = writes();
    ASSERT_EQ(reported.size(), 2U);
    EXPECT_EQ(reported[0].disposition, Disposition::kNone);
    EXPECT_EQ(reported[1].disposition, Disposition::kNone);
    EXPECT_EQ(reported[0].write->error, ECONNRESET);
}

TEST_F(BrokenWriteTest, KeepsTheStackOfTheSignal) {
    SigpipeSent signal = signal_on(FileKind::kPipe);
    signal.stack = {frame_at(0x1234)};
    scene.add(code_at(0x1000, 0x2000));
    scene.add(signal);
    ASSERT_EQ(write().stack.size(), 1U);
    EXPECT_EQ(write().stack[0].address, 0x1234U);
}

// ── Which events are of one write ───────────────────────────────────────────────────────────────

TEST_F(BrokenWriteTest, IsTheSignalAndTheReturnOfOneCall) {
    c.shut_down(c.us);
    c.fail_write(c.us, {.bytes = 77});
    const std::uint64_t returned = scene.sequence;
    const Verdict verdict = write(); // one, not two
    EXPECT_EQ(verdict.write->bytes, 77U);
    EXPECT_THAT(verdict.evidence, testing::IsSupersetOf({EventId{0, returned - 1}, EventId{0, returned}}));
}

TEST_F(BrokenWriteTest, IsNotMixedWithThatOfAnotherThread) {
    Connection other(scene, {.cookie = 200, .our_port = 41900});
    c.shut_down(c.us);
    other.close(other.peer);
    other.write_is_answered(other.us, 10);
    const Actor one = task("one", 4242, Syscall::kWrite, 4251);
    const Actor two = task("two", 4242, Syscall::kSendto, 4252);
    c.raise_sigpipe(c.us, {.bytes = 1, .by = one});
    other.raise_sigpipe(other.us, {.bytes = 2, .by = two});
    other.return_failure(other.us, {.bytes = 2, .by = two});
    c.return_failure(c.us, {.bytes = 1, .by = one});

    const std::vector<Verdict> reported = writes();
    ASSERT_EQ(reported.size(), 2U);
    EXPECT_EQ(reported[0].process->tid, 4251U);
    EXPECT_EQ(reported[0].connection->id, "64");
    expect(reported[0], Cause::kLocalShutdown, Confidence::kObserved);
    EXPECT_EQ(reported[1].process->tid, 4252U);
    EXPECT_EQ(reported[1].connection->id, "c8");
    EXPECT_EQ(reported[1].write->syscall, "sendto");
    expect(reported[1], Cause::kPeerClosed, Confidence::kObserved);
}

TEST_F(BrokenWriteTest, IsNotMixedWithTheNextOneOnAnotherDescriptor) {
    c.shut_down(c.us);
    c.raise_sigpipe(c.us, {.fd = 9, .handler = SignalHandler::kFunction});
    c.return_failure(c.us, {.fd = 10, .no_signal = true});
    const std::vector<Verdict> reported = writes();
    ASSERT_EQ(reported.size(), 2U);
    EXPECT_EQ(reported[0].write->fd, 9);
    EXPECT_EQ(reported[0].disposition, Disposition::kHandled);
    EXPECT_EQ(reported[1].write->fd, 10);
    EXPECT_EQ(reported[1].disposition, Disposition::kSuppressed);
}

TEST_F(BrokenWriteTest, DoesNotTakeAReturnWithAnotherErrorForItsOwn) {
    c.shut_down(c.us);
    c.raise_sigpipe(c.us);
    c.return_failure(c.us, {.error = ETIMEDOUT});
    EXPECT_EQ(writes().size(), 2U);
}

TEST_F(BrokenWriteTest, HasOneReturnAndTheNextIsAnother) {
    c.shut_down(c.us);
    c.raise_sigpipe(c.us, {.handler = SignalHandler::kIgnore});
    c.return_failure(c.us);
    c.return_failure(c.us, {.no_signal = true});
    const std::vector<Verdict> reported = writes();
    ASSERT_EQ(reported.size(), 2U);
    EXPECT_EQ(reported[0].disposition, Disposition::kIgnored);
    EXPECT_EQ(reported[1].disposition, Disposition::kSuppressed);
}

TEST_F(BrokenWriteTest, TakesTheSignalThatComesAfterASendThatIsReportedOnItsWay) {
    SendReturned sent = return_on(FileKind::kTcp);
    sent.sigpipe_follows = true;
    scene.add(sent);
    SigpipeSent signal = signal_on(FileKind::kTcp);
    signal.stack = {frame_at(0x1234)};
    scene.add(code_at(0x1000, 0x2000));
    scene.add(signal);
    const Verdict verdict = write(); // one, not two
    EXPECT_EQ(verdict.disposition, Disposition::kKilled);
    ASSERT_EQ(verdict.stack.size(), 1U);
    EXPECT_THAT(verdict.evidence, testing::IsSupersetOf({EventId{0, 1}, EventId{0, 2}}));
}

TEST_F(BrokenWriteTest, LeavesTheSignalOfAnotherDescriptorOrThreadToItsOwnSend) {
    SendReturned sent = return_on(FileKind::kTcp);
    sent.sigpipe_follows = true;
    scene.add(sent);
    scene.add(signal_on(FileKind::kTcp, 2));
    SigpipeSent of_another_thread = signal_on(FileKind::kTcp);
    of_another_thread.actor.tid = 301;
    scene.add(of_another_thread);
    const std::vector<Verdict> reported = writes();
    ASSERT_EQ(reported.size(), 3U);
    EXPECT_EQ(reported[0].disposition, Disposition::kNone);
}

TEST_F(BrokenWriteTest, StandsWithoutItsSignal) {
    c.shut_down(c.us);
    c.return_failure(c.us);
    const Verdict verdict = write();
    EXPECT_EQ(verdict.write->error, EPIPE);
    EXPECT_EQ(verdict.disposition, Disposition::kNone);
}

TEST_F(BrokenWriteTest, CitesTheExitOfItsOwnProcessOnly) {
    c.shut_down(c.us);
    c.fail_write(c.us);
    scene.add(exit_of(4242));
    const EventId own{0, scene.sequence};
    scene.add(exit_of(1));
    const EventId others{0, scene.sequence};
    EXPECT_THAT(write().evidence, testing::Contains(own));
    EXPECT_THAT(write().evidence, testing::Not(testing::Contains(others)));
}

TEST_F(BrokenWriteTest, OfProcessesThatCannotBeNumberedNoneIsTakenForTheOther) {
    c.us.process.pid = c.us.process.tid = 0; // outside of the tracer's pid namespace
    c.shut_down(c.us, doing(task("helper", 0), Syscall::kShutdown));
    c.fail_write(c.us);
    scene.add(exit_of(0));
    const Verdict verdict = write();
    EXPECT_EQ(verdict.rule, Rule::kLocalShutdown);
    ASSERT_TRUE(verdict.circumstances.other_holder);
    EXPECT_EQ(verdict.circumstances.other_holder->name, "helper");
    EXPECT_EQ(verdict.circumstances.other_holder->pid, 0U);
    EXPECT_EQ(verdict.process->pid, 0U);
    EXPECT_THAT(verdict.evidence, testing::Not(testing::Contains(EventId{0, scene.sequence})));
}

// ── Pipes and unix sockets ──────────────────────────────────────────────────────────────────────

TEST_F(BrokenWriteTest, IntoAPipeNeedsNoReturnToBeReported) {
    SigpipeSent signal = signal_on(FileKind::kPipe);
    signal.call.file_state = FileState::kBroken;
    scene.add(signal);
    const Verdict verdict = write();
    expect(verdict, Cause::kPipeReaderGone, Confidence::kObserved);
    EXPECT_EQ(verdict.disposition, Disposition::kKilled);
    EXPECT_FALSE(verdict.connection);
    EXPECT_EQ(verdict.write->file, FileKind::kPipe);
    EXPECT_THAT(verdict.timeline, testing::IsEmpty());
    EXPECT_THAT(verdict.modifiers, testing::IsEmpty());
    EXPECT_THAT(verdict.evidence, testing::ElementsAre(EventId{0, 1}));
}

TEST_F(BrokenWriteTest, IntoAUnixSocketWhoseOtherEndIsGone) {
    SigpipeSent signal = signal_on(FileKind::kUnix);
    signal.call.unix_peer_gone = true;
    scene.add(signal);
    SendReturned sent = return_on(FileKind::kUnix);
    sent.call.unix_peer_gone = true;
    scene.add(sent);
    const Verdict verdict = write();
    expect(verdict, Cause::kUnixPeerClosed, Confidence::kObserved);
    EXPECT_FALSE(verdict.connection);
}

TEST_F(BrokenWriteTest, IntoAUnixSocketWhoseOtherEndIsThereIsNotBlamedOnAnybody) {
    scene.add(signal_on(FileKind::kUnix));
    SendReturned sent = return_on(FileKind::kUnix);
    sent.call.file_state = FileState::kBroken;
    scene.add(sent);
    const Verdict verdict = write();
    expect(verdict, Cause::kUnknown, Confidence::kUnknown);
    EXPECT_EQ(verdict.rule, Rule::kUnixShutDown);
}

TEST_F(BrokenWriteTest, IntoAUnixSocketWithoutASignalIsReportedFromItsReturn) {
    SendReturned sent = return_on(FileKind::kUnix); // SOCK_SEQPACKET: EPIPE and no signal
    sent.call.unix_peer_gone = true;
    scene.add(sent);
    expect(write(), Cause::kUnixPeerClosed, Confidence::kObserved);
    EXPECT_EQ(write().disposition, Disposition::kNone);
}

} // namespace
} // namespace tcpblame::reconstruct
