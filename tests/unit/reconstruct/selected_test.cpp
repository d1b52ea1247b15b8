// Which verdicts are reported to somebody who asked for some only; and what a loss of events does to them.
#include "reconstruct/attribution_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;
using testing::IsEmpty;
using testing::SizeIs;

template <typename Value>
Selection with(std::vector<Value> Selection::*list, std::vector<Value> values, Selection selection = {}) {
    selection.*list = std::move(values);
    return selection;
}

Selection without(bool Selection::*family) {
    Selection selection;
    selection.*family = false;
    return selection;
}

/// A connection of "orders-api" (pid 4242) from port 41822 to 5432, both ends on this host: one failed
/// write and one broken connection.
class Selected : public Attribution {
protected:
    Selected() {
        c.abort_lingering(c.peer);
        c.fail_write(c.us, {.error = ECONNRESET, .by = flusher()});
        c.last_close(c.us);
    }
    static Actor flusher() {
        Actor actor = task("orders-api", 4242, Syscall::kWrite, 4251);
        actor.comm = "flusher";
        return actor;
    }
    struct Count {
        std::size_t writes = 0;
        std::size_t teardowns = 0;
        bool operator==(const Count&) const = default;
    };
    Count reported_to(const Selection& selection) const {
        const Reports reported = scene.reported(selection);
        return {reported.writes().size(), reported.teardowns().size()};
    }
    static constexpr Count kBoth{1, 1};
    static constexpr Count kNone{0, 0};
};

TEST_F(Selected, ByNothing) { EXPECT_EQ(reported_to({}), kBoth); }

TEST_F(Selected, ByPid) {
    EXPECT_EQ(reported_to(with(&Selection::pids, {1, 4242})), kBoth);
    EXPECT_EQ(reported_to(with(&Selection::pids, {4251})), kNone) << "a thread is no process";
    EXPECT_EQ(reported_to(with(&Selection::pids, {77})), kNone) << "the peer's own end did not break";
}

TEST_F(Selected, ByEitherPort) {
    EXPECT_EQ(reported_to(with(&Selection::ports, {5432})), kBoth);
    EXPECT_EQ(reported_to(with(&Selection::ports, {41822})), kBoth);
    EXPECT_EQ(reported_to(with(&Selection::ports, {5433})), kNone);
}

TEST_F(Selected, ByLocalPortOfTheEndThatTheVerdictIsAbout) {
    EXPECT_EQ(reported_to(with(&Selection::local_ports, {41822})), kBoth);
    EXPECT_EQ(reported_to(with(&Selection::local_ports, {5432})), kNone);
}

TEST_F(Selected, ByRemotePort) {
    EXPECT_EQ(reported_to(with(&Selection::remote_ports, {5432})), kBoth);
    EXPECT_EQ(reported_to(with(&Selection::remote_ports, {41822})), kNone);
}

TEST_F(Selected, ByName) {
    EXPECT_EQ(reported_to(with(&Selection::comms, {"orders-api"})), kBoth);
    EXPECT_EQ(reported_to(with(&Selection::comms, {"server"})), kNone);
}

TEST_F(Selected, ByThreadNameWhichOnlyAWriteKnows) {
    EXPECT_EQ(reported_to(with(&Selection::comms, {"flusher"})), (Count{1, 0}));
}

Selection as(Part part, Selection selection) {
    selection.as = part;
    return selection;
}

TEST_F(Selected, AsCulpritByTheProcessThatTheVerdictBlames) {
    const Selection server = with(&Selection::pids, {77});
    const Selection writer = with(&Selection::pids, {4242});
    EXPECT_EQ(reported_to(as(Part::kCulprit, server)), kBoth);
    EXPECT_EQ(reported_to(as(Part::kCulprit, with(&Selection::comms, {"server"}))), kBoth);
    EXPECT_EQ(reported_to(as(Part::kBoth, server)), kBoth);
    EXPECT_EQ(reported_to(as(Part::kVictim, server)), kNone);
    EXPECT_EQ(reported_to(as(Part::kCulprit, writer)), kNone) << "it broke nothing for others";
    EXPECT_EQ(reported_to(as(Part::kBoth, writer)), kBoth);
    EXPECT_EQ(reported_to(as(Part::kCulprit, with(&Selection::pids, {78}))), kNone);
}

TEST_F(Selected, AsCulpritByTheLocalPortOfItsOwnEnd) {
    const auto server_at = [](std::uint16_t port) {
        return as(Part::kCulprit, with(&Selection::pids, {77}, with(&Selection::local_ports, {port})));
    };
    EXPECT_EQ(reported_to(server_at(5432)), kBoth);
    EXPECT_EQ(reported_to(server_at(41822)), kNone);
}

TEST_F(Selected, AsCulpritNobodyWhereNoProcessIsSeenToHaveBrokenIt) {
    Scene other;
    Connection connection(other);
    connection.receive_reset(connection.us, std::nullopt);
    connection.fail_write(connection.us, {.error = ECONNRESET});
    const Selection server = as(Part::kCulprit, with(&Selection::pids, {77}));
    EXPECT_THAT(other.reported().writes(), SizeIs(1));
    EXPECT_THAT(other.reported(server).writes(), IsEmpty());
    EXPECT_THAT(other.reported(server).teardowns(), IsEmpty());
}

TEST_F(Selected, ByFamily) {
    EXPECT_EQ(reported_to(without(&Selection::ipv6)), kBoth);
    EXPECT_EQ(reported_to(without(&Selection::ipv4)), kNone);
}

TEST_F(Selected, ByAllThatIsAskedForTogether) {
    EXPECT_EQ(reported_to(with(&Selection::pids, {4242}, with(&Selection::ports, {5432}))), kBoth);
    EXPECT_EQ(reported_to(with(&Selection::pids, {1}, with(&Selection::ports, {5432}))), kNone);
    EXPECT_EQ(reported_to(with(&Selection::comms, {"orders-api"}, with(&Selection::pids, {1}))), kBoth)
        << "pids and names are alternatives";
}

TEST_F(Selected, ABrokenConnectionOfNobodyIsNotAskedForByProcess) {
    Scene other;
    Connection connection(other);
    connection.abort_lingering(connection.peer);
    EXPECT_THAT(other.reported().teardowns(), SizeIs(1));
    EXPECT_THAT(other.reported(with(&Selection::pids, {4242})).teardowns(), IsEmpty());
}

TEST_F(Selected, AFailedConnectGoesByTheEndsThatItTried) {
    Scene other;
    Connection connection(other);
    connection.refuse();
    connection.erase_remote(connection.us);
    connection.fail_write(connection.us);
    EXPECT_THAT(other.reported(with(&Selection::remote_ports, {5432})).writes(), SizeIs(1));
    EXPECT_THAT(other.reported(with(&Selection::remote_ports, {5433})).writes(), IsEmpty());
}

TEST_F(Selected, APortLeavesPipesOut) {
    Scene other;
    SigpipeSent signal;
    signal.stamp = other.stamp();
    signal.actor = task("yes", 300);
    signal.call.file = FileKind::kPipe;
    other.add(signal);
    EXPECT_THAT(other.reported(with(&Selection::pids, {300})).writes(), SizeIs(1));
    EXPECT_THAT(other.reported(with(&Selection::pids, {301})).writes(), IsEmpty());
    EXPECT_THAT(other.reported(with(&Selection::ports, {80})).writes(), IsEmpty());
    EXPECT_THAT(other.reported(without(&Selection::ipv6)).writes(), IsEmpty());
}

// ── Losses ──────────────────────────────────────────────────────────────────────────────────────

/// A write that fails half a second after the peer's close.
class WithLoss : public Attribution {
protected:
    WithLoss() {
        c.close(c.peer);
        closed_at = scene.now();
        scene.after(500 * kMs);
        c.write_is_answered(c.us, 512);
        c.fail_write(c.us);
    }
    Verdict after_loss(std::uint64_t after_ns, std::uint64_t before_ns, std::uint64_t count = 3) {
        LostEvents lost;
        lost.count = count;
        lost.cpu = 1;
        lost.after_monotonic_ns = after_ns;
        lost.before_monotonic_ns = before_ns;
        scene.add(EventsLost{lost});
        EXPECT_THAT(scene.reported().losses, SizeIs(testing::Ge(1U)));
        return write();
    }
    std::uint64_t closed_at = 0;
};

TEST_F(WithLoss, BetweenTheFirstEventAndTheWriteItIsNotObservedAnyMore) {
    const Verdict verdict = after_loss(closed_at + kMs, closed_at + 2 * kMs);
    expect(verdict, Cause::kPeerClosed, Confidence::kInferred);
    EXPECT_EQ(verdict.lost_events, 3U);
}

TEST_F(WithLoss, EachLossInTheWindowCounts) {
    after_loss(closed_at + kMs, closed_at + 2 * kMs);
    EXPECT_EQ(after_loss(closed_at + kMs, closed_at + 2 * kMs, 4).lost_events, 7U);
}

TEST_F(WithLoss, ThatReachesIntoTheWindowCounts) {
    expect(after_loss(kStart / 2, closed_at + kMs), Cause::kPeerClosed, Confidence::kInferred);
}

TEST_F(WithLoss, WhoseEndIsNotKnownCounts) {
    expect(after_loss(kStart / 2, 0), Cause::kPeerClosed, Confidence::kInferred);
}

TEST_F(WithLoss, LongBeforeTheFirstEventChangesNothing) {
    const Verdict verdict = after_loss(kStart - 3 * kSecond, kStart - 2 * kSecond);
    expect(verdict, Cause::kPeerClosed, Confidence::kObserved);
    EXPECT_EQ(verdict.lost_events, 0U);
}

TEST_F(WithLoss, AfterTheWriteChangesNothing) {
    const Verdict verdict = after_loss(scene.now() + kMs, scene.now() + 2 * kMs);
    expect(verdict, Cause::kPeerClosed, Confidence::kObserved);
    EXPECT_EQ(verdict.lost_events, 0U);
}

TEST_F(WithLoss, AnUnknownCauseStaysUnknown) {
    Scene other;
    Connection connection(other);
    connection.us.state = TcpState::kClose;
    connection.fail_write(connection.us);
    other.add(EventsLost{{.count = 1, .cpu = 0, .after_monotonic_ns = 0, .before_monotonic_ns = 0}});
    const std::vector<Verdict> reported = other.reported().writes();
    ASSERT_THAT(reported, SizeIs(1));
    expect(reported[0], Cause::kUnknown, Confidence::kUnknown);
    EXPECT_EQ(reported[0].lost_events, 1U);
}

} // namespace
} // namespace tcpblame::reconstruct
