// The teardown as a person reads it.
#include "reconstruct/attribution_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;
using testing::ElementsAre;

class TimelineTest : public Attribution {
protected:
    std::vector<TimelineEntry> timeline() const { return writes().back().timeline; }
    std::vector<TimelineEvent> events() const {
        std::vector<TimelineEvent> found;
        for (const TimelineEntry& entry : timeline()) found.push_back(entry.event);
        return found;
    }
    TimelineEntry entry(TimelineEvent event) const {
        for (const TimelineEntry& one : timeline())
            if (one.event == event) return one;
        ADD_FAILURE() << "no " << code_of(event);
        return {};
    }
};

TEST_F(TimelineTest, ShowsTheWriteThatDrewTheResetBeforeItThoughItReturnsAfterIt) {
    c.close(c.peer);
    scene.after(100 * kMs);
    c.write_is_answered(c.us, 512);
    scene.after(10 * kMs);
    c.fail_write(c.us, {.bytes = 77});
    EXPECT_THAT(events(), ElementsAre(TimelineEvent::kFinReceived, TimelineEvent::kWritten, TimelineEvent::kRstReceived,
                                      TimelineEvent::kWriteFailed));
    EXPECT_LT(entry(TimelineEvent::kWritten).at_ns, entry(TimelineEvent::kRstReceived).at_ns) << "as the answer was";
    EXPECT_EQ(entry(TimelineEvent::kWritten).bytes, 512U);
    EXPECT_EQ(entry(TimelineEvent::kWritten).note, TimelineNote::kQueued);
    EXPECT_EQ(entry(TimelineEvent::kWritten).state, "CLOSE_WAIT");
}

TEST_F(TimelineTest, ShowsTheWriteBeforeARemoteResetThatInterruptedIt) {
    c.peer.here = false;
    c.close(c.peer);
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    EXPECT_THAT(events(), ElementsAre(TimelineEvent::kFinReceived, TimelineEvent::kWritten, TimelineEvent::kRstReceived,
                                      TimelineEvent::kWriteFailed));
}

TEST_F(TimelineTest, KeepsTheTimeOfAWriteThatReturnedBeforeTheReset) {
    c.peer.here = false;
    c.close(c.peer);
    c.put_in_flight(c.us, 512);
    c.write_returns(c.us, 512, 512);
    const std::uint64_t written_at = scene.now();
    scene.after(30 * kMs);
    c.receive_reset(c.us, std::nullopt);
    c.fail_write(c.us);
    const auto at = static_cast<std::int64_t>(written_at - writes().back().monotonic_ns);
    EXPECT_EQ(entry(TimelineEvent::kWritten).at_ns, at);
}

TEST_F(TimelineTest, KeepsTheTimeOfAWriteThatAnotherThreadWasIn) {
    c.close(c.peer);
    c.put_in_flight(c.us, 512);
    c.receive_reset(c.us, task("other", 4242, Syscall::kUnknown, 4299));
    c.write_returns(c.us, 512, 512);
    c.fail_write(c.us);
    EXPECT_GT(entry(TimelineEvent::kWritten).at_ns, entry(TimelineEvent::kRstReceived).at_ns);
}

TEST_F(TimelineTest, EndsWithTheFailedWriteAtZero) {
    c.shut_down(c.us);
    c.fail_write(c.us, {.bytes = 77});
    const TimelineEntry last = timeline().back();
    EXPECT_EQ(last.event, TimelineEvent::kWriteFailed);
    EXPECT_EQ(last.at_ns, 0);
    EXPECT_EQ(last.bytes, 77U);
    EXPECT_EQ(last.error, EPIPE);
    EXPECT_EQ(last.state, "FIN_WAIT2");
}

TEST_F(TimelineTest, IsInTheOrderOfTime) {
    for (const Story& story : all_stories()) {
        Scene one;
        Connection connection(one, {.peer_here = story.on_loopback});
        story.play(connection, 512);
        for (const Verdict& verdict : one.reported().verdicts)
            for (std::size_t i = 1; i < verdict.timeline.size(); ++i)
                EXPECT_LE(verdict.timeline[i - 1].at_ns, verdict.timeline[i].at_ns) << story.name;
    }
}

TEST_F(TimelineTest, SaysWhatThePeersProcessDid) {
    c.close(c.peer, dying(c.peer.process, 9));
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    EXPECT_EQ(entry(TimelineEvent::kFinReceived).note, TimelineNote::kPeerDid);
    EXPECT_EQ(entry(TimelineEvent::kFinReceived).name, "server");
    EXPECT_EQ(entry(TimelineEvent::kFinReceived).deed.act, Act::kKilled);
    EXPECT_EQ(entry(TimelineEvent::kFinReceived).deed.signal, 9);
    EXPECT_EQ(entry(TimelineEvent::kFinReceived).state, "CLOSE_WAIT");
    EXPECT_EQ(entry(TimelineEvent::kRstReceived).note, TimelineNote::kNoConnection);
    EXPECT_EQ(entry(TimelineEvent::kRstReceived).state, "CLOSE");
}

TEST_F(TimelineTest, SaysWhyThePeersSocketAborted) {
    c.send_unread(c.us, 5);
    c.abort(c.peer, ResetReason::kAbortOnClose);
    c.fail_write(c.us, {.error = ECONNRESET});
    EXPECT_EQ(entry(TimelineEvent::kRstReceived).note, TimelineNote::kPeerDid);
    EXPECT_EQ(entry(TimelineEvent::kRstReceived).name, "server");
    EXPECT_EQ(entry(TimelineEvent::kRstReceived).deed.act, Act::kClose);
    EXPECT_EQ(entry(TimelineEvent::kRstReceived).deed.unread, 5U);
}

TEST_F(TimelineTest, ClaimsNothingOfARemotePeer) {
    c.peer.here = false;
    c.close(c.peer);
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    EXPECT_EQ(entry(TimelineEvent::kFinReceived).note, TimelineNote::kPeerClosed);
    EXPECT_EQ(entry(TimelineEvent::kRstReceived).note, TimelineNote::kNone);
}

TEST_F(TimelineTest, NamesTheThreadThatShutDown) {
    c.shut_down(c.us, task("closer", 4242, Syscall::kShutdown, 4260));
    c.fail_write(c.us);
    EXPECT_EQ(entry(TimelineEvent::kFinSent).note, TimelineNote::kShutDown);
    EXPECT_EQ(entry(TimelineEvent::kFinSent).tid, 4260U);
    EXPECT_EQ(entry(TimelineEvent::kFinSent).name, "closer");
    EXPECT_EQ(entry(TimelineEvent::kFinSent).state, "FIN_WAIT1");
}

TEST_F(TimelineTest, ShowsWhoTookTheErrorBefore) {
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET, .by = task("first", 4242, Syscall::kSendto, 4251)});
    c.fail_write(c.us);
    const TimelineEntry taken = entry(TimelineEvent::kErrorTaken);
    EXPECT_EQ(taken.error, ECONNRESET);
    EXPECT_EQ(taken.note, TimelineNote::kTaken);
    EXPECT_EQ(taken.syscall, "sendto");
    EXPECT_EQ(taken.tid, 4251U);
    EXPECT_THAT(events(),
                ElementsAre(TimelineEvent::kRstReceived, TimelineEvent::kErrorTaken, TimelineEvent::kWriteFailed));
}

TEST_F(TimelineTest, CallsARefusalByItsName) {
    c.refuse();
    c.fail_write(c.us, {.error = ECONNREFUSED});
    EXPECT_EQ(entry(TimelineEvent::kRstReceived).note, TimelineNote::kRefused);
}

TEST_F(TimelineTest, ShowsAnEndThatNoFinAndNoResetTellsOf) {
    c.us.error = ETIMEDOUT;
    c.change(c.us, TcpState::kClose, std::nullopt);
    c.fail_write(c.us, {.error = ETIMEDOUT});
    EXPECT_THAT(events(), ElementsAre(TimelineEvent::kClosed, TimelineEvent::kWriteFailed));
    EXPECT_EQ(entry(TimelineEvent::kClosed).error, ETIMEDOUT);
}

TEST_F(TimelineTest, SaysThatADoomedWriteWasAcknowledgedAfterAll) {
    c.shut_down(c.peer);
    c.send(c.us, 512);
    c.write_returns(c.us, 512, 512);
    c.abort_lingering(c.peer);
    c.fail_write(c.us);
    EXPECT_EQ(entry(TimelineEvent::kWritten).note, TimelineNote::kAcknowledged);
}

} // namespace
} // namespace tcpblame::reconstruct
