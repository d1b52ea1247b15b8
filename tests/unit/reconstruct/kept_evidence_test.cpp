// What the kernel keeps of an orderly end and sends late, because something broke: the same verdict as if it had come
// at once; and none that claims what was lost of it.

#include "reconstruct/play.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

constexpr std::uint64_t kHour = 3600 * kSecond;

/// The peer closes; an hour later we write twice.
struct LateWrite {
    LateWrite() {
        connection.send(connection.us, 100);
        connection.close(connection.peer);
        closing = scene.events.size();
        scene.after(kHour);
        connection.write_is_answered(connection.us, 3);
        scene.after(kMs);
        connection.fail_write(connection.us);
    }

    /// As the kernel sends it: what it had kept, just before the first sign of the break.
    std::vector<Event> kept() const {
        std::vector<Event> events;
        const std::uint64_t sent_ns = time_of(scene.events[closing]).value() - kUs;
        for (std::size_t i = 0; i < closing; ++i) {
            auto changed = std::get<StateChanged>(scene.events[i]);
            changed.sent_ns = sent_ns;
            events.emplace_back(changed);
        }
        return events;
    }

    /// Plays `before`, and then the break, while time passes as it does in a live run.
    Reports play(const std::vector<Event>& before) const {
        Listener listener;
        Reconstruction core({}, listener);
        for (std::uint64_t now = kStart; now < kStart + kHour; now += kHour / 8) core.feed(TimePassed{now});
        for (const Event& event : before) core.feed(event);
        for (std::size_t i = closing; i < scene.events.size(); ++i) core.feed(scene.events[i]);
        core.feed(TimePassed{scene.now() + kSecond});
        core.finish();
        return std::move(listener.reported);
    }

    Scene scene;
    Connection connection{scene};
    std::size_t closing = 0; ///< so many events until the peer had closed
};

TEST(KeptEvidence, GivesTheVerdictThatItWouldHaveGivenAtOnce) {
    const LateWrite late;
    const auto at_once = late.scene.reported().writes();
    const auto kept = late.play(late.kept()).writes();
    ASSERT_EQ(at_once.size(), 1U);
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].cause, Cause::kPeerClosed);
    EXPECT_EQ(kept[0].confidence, Confidence::kObserved);
    EXPECT_EQ(kept[0].confidence, at_once[0].confidence);
    EXPECT_EQ(kept[0].evidence, at_once[0].evidence);
    ASSERT_TRUE(kept[0].peer && at_once[0].peer);
    EXPECT_EQ(kept[0].peer->process.pid, at_once[0].peer->process.pid);
    EXPECT_EQ(kept[0].peer->at_ns, at_once[0].peer->at_ns);
    EXPECT_EQ(kept[0].timeline.size(), at_once[0].timeline.size());
}

/// Every part of it that may be missing: the numbers then have a gap, at the moment at which it was sent.
TEST(KeptEvidence, WhatWasLostOfItNeverLeavesAnObservedClaim) {
    const LateWrite late;
    const std::vector<Event> all = late.kept();
    const std::uint64_t sent_ns = std::get<StateChanged>(all.front()).sent_ns;
    for (std::size_t some = 0; some + 1 < std::size_t{1} << all.size(); ++some) {
        std::vector<Event> came;
        for (std::size_t i = 0; i < all.size(); ++i)
            if ((some >> i & 1) != 0) came.push_back(all[i]);
        came.emplace_back(EventsLost{LostEvents{.count = all.size() - came.size(),
                                                .cpu = 0,
                                                .after_monotonic_ns = sent_ns - kUs,
                                                .before_monotonic_ns = sent_ns + 3 * kUs}});
        const auto writes = late.play(came).writes();
        ASSERT_EQ(writes.size(), 1U);
        EXPECT_NE(writes[0].confidence, Confidence::kObserved) << some;
    }
}

/// The socket has connected again since: what was kept of the connection before says nothing about it.
TEST(KeptEvidence, OfTheConnectionBeforeOnTheSameSocketIsNoPartOfThisOne) {
    const LateWrite late;
    auto before = std::get<StateChanged>(late.kept().front());
    before.socket.cookie = late.connection.us.cookie;
    before.socket.tuple.remote.port = 1;
    before.actor = late.connection.us.process;
    std::vector<Event> events = late.kept();
    for (Event& event : events)
        if (auto& changed = std::get<StateChanged>(event); changed.socket.cookie == late.connection.us.cookie)
            changed.progress.opened_ns = before.stamp.time_ns + 1;
    events.emplace_back(before);
    const auto writes = late.play(events).writes();
    ASSERT_EQ(writes.size(), 1U);
    EXPECT_EQ(writes[0].cause, Cause::kPeerClosed);
    ASSERT_TRUE(writes[0].connection);
    EXPECT_NE(writes[0].connection->tuple.remote.port, 1);
}

} // namespace
} // namespace tcpblame::reconstruct
