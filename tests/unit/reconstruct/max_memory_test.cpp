// The bound on what is remembered: what goes first, and that nothing is claimed for want of what went.
#include "reconstruct/judge.hpp"

#include "reconstruct/connections.hpp"
#include "reconstruct/teardown.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::uint64_t kRoomForTwo = 2 * (Connections::kKnownBytes + Connections::kEndingBytes);

Reports reported_within(std::uint64_t max_memory, const Scene& scene, std::uint64_t* evicted = nullptr) {
    Listener listener;
    Reconstruction core({}, listener, {.max_memory = max_memory});
    for (const Event& event : scene.events) core.feed(event);
    core.finish();
    if (evicted != nullptr) *evicted = core.evicted();
    return std::move(listener.reported);
}

/// Others are found, so many that nothing else has room.
void find_others(Scene& scene, std::uint16_t first_port = 100) {
    constexpr std::uint16_t kOthers = 50;
    for (std::uint16_t i = 0; i < kOthers; ++i) {
        Connection other(scene, {.cookie = std::uint64_t{10'000} + 2U * (first_port + i),
                                 .our_port = static_cast<std::uint16_t>(first_port + i),
                                 .they = task("other", 99)});
        other.find_existing(other.us);
        other.find_existing(other.peer);
    }
}

/// The peer closes; everything of it is evicted; then we write in vain.
Scene evicted_between() {
    Scene scene;
    Connection c(scene);
    c.find_existing(c.us);
    c.close(c.peer);
    scene.after(kMs);
    find_others(scene);
    c.write_is_answered(c.us, 512);
    c.fail_write(c.us);
    return scene;
}

TEST(MaxMemory, AVerdictWhoseConnectionWasEvictedSaysSo) {
    std::uint64_t evicted = 0;
    const Reports reported = reported_within(kRoomForTwo, evicted_between(), &evicted);
    EXPECT_GT(evicted, 2U);
    ASSERT_THAT(reported.writes(), SizeIs(1));
    const Verdict verdict = reported.writes().front();
    EXPECT_EQ(verdict.cause, Cause::kUnknown);
    EXPECT_EQ(verdict.confidence, Confidence::kUnknown);
    EXPECT_EQ(verdict.rule, Rule::kEvicted);
    EXPECT_FALSE(verdict.peer);
    EXPECT_FALSE(verdict.evidence.empty());
}

TEST(MaxMemory, WithRoomEnoughItIsReportedInFull) {
    constexpr std::uint64_t kPlenty = 1 << 20;
    std::uint64_t evicted = 1;
    const Reports reported = reported_within(kPlenty, evicted_between(), &evicted);
    EXPECT_EQ(evicted, 0U);
    ASSERT_THAT(reported.writes(), SizeIs(1));
    EXPECT_EQ(reported.writes().front().cause, Cause::kPeerClosed);
    EXPECT_EQ(reported.writes().front().confidence, Confidence::kObserved);
}

// Whatever is evicted, and when: less may be reported, and what is reported as observed is true.
TEST(MaxMemory, NoStoryMakesAWrongClaimObserved) {
    for (const Story& story : all_stories()) {
        const Played played(story);
        for (std::size_t at = 1; at < played.scene.events.size(); ++at) {
            SCOPED_TRACE(story.name + ", all evicted before event " + std::to_string(at + 1));
            Scene others(*time_of(played.scene.events.at(at)) - 1);
            others.cpu = 1;
            find_others(others);
            for (Event& event : others.events) std::get<SocketExisted>(event).stamp.time_ns = others.now() - 200 * kUs;
            Scene scene = played.scene;
            scene.events.insert(scene.events.begin() + static_cast<std::ptrdiff_t>(at), others.events.begin(),
                                others.events.end());
            for (const Verdict& verdict : reported_within(kRoomForTwo, scene).verdicts) {
                if (verdict.confidence != Confidence::kObserved) continue;
                EXPECT_TRUE(is_true(verdict, scene.truths)) << code_of(verdict.cause) << ": " << rule_name(verdict);
            }
        }
    }
}

TEST(MaxMemory, ABrokenConnectionIsReportedBeforeItIsEvicted) {
    Scene scene;
    Connection c(scene);
    c.find_existing(c.us);
    c.abort_lingering(c.peer);
    find_others(scene);
    const Reports reported = reported_within(kRoomForTwo, scene);
    ASSERT_THAT(reported.teardowns(), SizeIs(1));
    EXPECT_EQ(reported.teardowns().front().cause, Cause::kPeerAborted);
}

// ── What goes first ─────────────────────────────────────────────────────────────────────────────

class BoundedTest : public testing::Test {
protected:
    Endpoint& hear(std::uint64_t cookie, std::uint64_t time_ns) {
        ErrorReported event;
        event.stamp.time_ns = time_ns;
        event.socket.cookie = cookie;
        event.socket.tuple = {ipv4(1, static_cast<std::uint16_t>(cookie)), ipv4(7, 80)};
        event.socket.state = TcpState::kEstablished;
        Endpoint& endpoint = connections.at(event.socket);
        step(endpoint, event);
        return endpoint;
    }
    void keep_within() {
        connections.keep_within_bound(kStart, [this](Endpoint& one) { dropped.push_back(one.cookie); });
    }

    static constexpr std::uint64_t kBound = 10 * Connections::kKnownBytes;
    Connections connections{kBound};
    std::vector<std::uint64_t> dropped;
};

TEST_F(BoundedTest, NothingGoesWhileThereIsRoom) {
    for (std::uint64_t cookie = 1; cookie <= 10; ++cookie) hear(cookie, cookie);
    keep_within();
    EXPECT_THAT(dropped, testing::IsEmpty());
    EXPECT_EQ(connections.dropped(), 0U);
}

TEST_F(BoundedTest, ThoseThatEndedGoFirstTheEarliestFirst) {
    for (std::uint64_t cookie = 1; cookie <= 5; ++cookie) hear(cookie, cookie);
    connections.finished(hear(4, 100), 100);
    connections.finished(hear(3, 101), 101);
    keep_within();
    EXPECT_THAT(dropped, testing::ElementsAre(4));
    EXPECT_EQ(connections.find(4), nullptr);
    EXPECT_NE(connections.find(3), nullptr);
}

TEST_F(BoundedTest, ThenThoseOfWhichNothingWasHeardForTheLongestTime) {
    for (std::uint64_t cookie = 1; cookie <= 11; ++cookie) hear(cookie, cookie);
    hear(1, 50);
    keep_within();
    EXPECT_THAT(dropped, testing::ElementsAre(2));
}

TEST_F(BoundedTest, OneThatComesAgainIsKnownToHaveBeenEvicted) {
    for (std::uint64_t cookie = 1; cookie <= 11; ++cookie) hear(cookie, cookie);
    keep_within();
    EXPECT_THAT(dropped, testing::ElementsAre(1));
    EXPECT_TRUE(hear(1, 60).was_evicted);
    EXPECT_FALSE(hear(12, 61).was_evicted);
    EXPECT_TRUE(connections.may_have_dropped(Tuple{ipv4(1, 1), ipv4(7, 80)}));
    EXPECT_FALSE(connections.may_have_dropped(Tuple{ipv4(1, 12), ipv4(7, 80)}));
}

} // namespace
} // namespace tcpblame::reconstruct
