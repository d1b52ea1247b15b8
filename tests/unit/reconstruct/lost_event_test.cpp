// Takes every single event out of every story: what is then claimed as observed must still be true.
#include "reconstruct/judge.hpp"
#include "reconstruct/stories.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

/// Calls `check` with the story's name and its events but one.
template <typename Check>
void without_each_event(const Check& check) {
    for (const Story& story : all_stories()) {
        const Played played(story);
        for (std::size_t missing = 0; missing < played.scene.events.size(); ++missing) {
            SCOPED_TRACE(story.name + " without event " + std::to_string(missing + 1));
            Scene rest = played.scene;
            const Event lost = rest.events.at(missing);
            rest.events.erase(rest.events.begin() + static_cast<std::ptrdiff_t>(missing));
            check(rest, lost);
        }
    }
}

TEST(LostEvent, NoneIsLostAndEveryStoryIsReportedAsItWas) {
    for (const Story& story : all_stories()) {
        SCOPED_TRACE(story.name);
        const Played played(story);
        const Reports reported = played.scene.reported();
        EXPECT_FALSE(reported.writes().empty());
        for (const Truth& truth : played.scene.truths) {
            const auto reported_of =
                std::count_if(reported.verdicts.begin(), reported.verdicts.end(), [&](const Verdict& verdict) {
                    return verdict.process && verdict.process->pid == truth.pid && truth.cause == verdict.cause &&
                           truth.error == (verdict.write ? verdict.write->error : 0) &&
                           truth.confidence == verdict.confidence && same_act(verdict.peer, truth.act) &&
                           verdict.peer.has_value() == truth.act.has_value();
                });
            EXPECT_EQ(reported_of, 1) << "pid " << truth.pid << ", error " << truth.error << ", "
                                      << code_of(truth.cause);
        }
        EXPECT_EQ(reported.verdicts.size(), played.scene.truths.size());
    }
}

TEST(LostEvent, MakesNoWrongClaimObserved) {
    without_each_event([](const Scene& rest, const Event&) {
        for (const Verdict& verdict : rest.reported().verdicts) {
            if (verdict.confidence != Confidence::kObserved) continue;
            EXPECT_TRUE(is_true(verdict, rest.truths)) << code_of(verdict.cause) << ": " << rule_name(verdict);
        }
    });
}

TEST(LostEvent, MakesNoPeerActOfSomebodyElse) {
    without_each_event([](const Scene& rest, const Event&) {
        for (const Verdict& verdict : rest.reported().verdicts) {
            if (!verdict.peer) continue;
            EXPECT_TRUE(std::any_of(rest.truths.begin(), rest.truths.end(), [&](const Truth& truth) {
                return truth.act && same_act(verdict.peer, truth.act);
            })) << rule_name(verdict);
        }
    });
}

/// With the loss reported, as the running numbers show it, whatever spans it is lowered.
TEST(LostEvent, LowersEachVerdictThatSpansIt) {
    without_each_event([](Scene rest, const Event& lost) {
        const std::uint64_t lost_at = time_of(lost).value();
        const LostEvents gap{.count = 1, .cpu = 0, .after_monotonic_ns = lost_at - 1, .before_monotonic_ns = lost_at};
        rest.events.insert(rest.events.begin(), EventsLost{gap});
        const Reports reported = rest.reported();
        EXPECT_EQ(reported.losses.size(), 1U);
        for (const Verdict& verdict : reported.verdicts) {
            if (verdict.timeline.empty()) continue;
            const auto since = static_cast<std::int64_t>(verdict.monotonic_ns) + verdict.timeline.front().at_ns;
            if (static_cast<std::int64_t>(lost_at) < since || lost_at > verdict.monotonic_ns) continue;
            EXPECT_EQ(verdict.lost_events, 1U);
            EXPECT_NE(verdict.confidence, Confidence::kObserved);
        }
    });
}

/// Our FIN is the last that the peer gets: its CLOSE_WAIT event is what reports that FIN from a byte of data.
Scene half_closed_then_aborted(bool report_close_wait) {
    Scene scene;
    Connection c(scene);
    c.shut_down(c.us);
    if (!report_close_wait) scene.events.pop_back();
    scene.after(5 * kMs);
    c.abort_lingering(c.peer);
    scene.after(5 * kMs);
    c.fail_write(c.us, {.error = ECONNRESET});
    c.fail_write(c.us);
    return scene;
}

TEST(LostEvent, AFinThatThePeerHadNotReadIsNoUnreadData) {
    const std::vector<Verdict> reported = half_closed_then_aborted(true).reported().writes();
    ASSERT_EQ(reported.size(), 2U);
    ASSERT_TRUE(reported[0].peer);
    EXPECT_EQ(reported[0].peer->unread, 0U);
    EXPECT_TRUE(reported[0].peer->linger_zero);
    EXPECT_EQ(reported[1].cause, Cause::kLocalShutdown);
}

// The state in which the peer's socket closed (CLOSE_WAIT) says that the FIN had come.
TEST(LostEvent, AFinThatThePeerHadNotReadIsNoUnreadDataThoughItsArrivalIsLost) {
    const std::vector<Verdict> reported = half_closed_then_aborted(false).reported().writes();
    ASSERT_EQ(reported.size(), 2U);
    ASSERT_TRUE(reported[0].peer);
    EXPECT_EQ(reported[0].peer->unread, 0U);
}

// The state in which our socket got the RST (FIN_WAIT2) says that our FIN was out before.
TEST(LostEvent, OurShutdownIsStillToBlameThoughItsEventIsLost) {
    Scene scene;
    Connection c(scene);
    c.shut_down(c.us);
    scene.events.erase(scene.events.begin());
    scene.after(5 * kMs);
    c.abort_lingering(c.peer);
    c.fail_write(c.us, {.error = ECONNRESET});
    c.fail_write(c.us);
    const std::vector<Verdict> reported = scene.reported().writes();
    ASSERT_EQ(reported.size(), 2U);
    EXPECT_TRUE(reported[1].cause == Cause::kLocalShutdown || reported[1].confidence != Confidence::kObserved)
        << rule_name(reported[1]);
}

} // namespace
} // namespace tcpblame::reconstruct
