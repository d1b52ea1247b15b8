// Reports every story with one event reported twice, or with two neighbours in each other's place: what is then claimed
// as observed must still be true.
#include "reconstruct/judge.hpp"
#include "reconstruct/stories.hpp"

#include <gtest/gtest.h>
#include <tuple>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

/// Calls `check` with the events of every story, changed by `disturb` at each place in turn.
template <typename Disturb, typename Check>
void at_each_event(const Disturb& disturb, const Check& check) {
    for (const Story& story : all_stories()) {
        const Played played(story);
        for (std::size_t place = 0; place + 1 < played.scene.events.size(); ++place) {
            SCOPED_TRACE(story.name + ", event " + std::to_string(place + 1));
            Scene changed = played.scene;
            disturb(changed.events, place);
            check(changed, played.scene);
        }
    }
}

auto at(std::size_t place) { return static_cast<std::ptrdiff_t>(place); }

void report_twice(std::vector<Event>& events, std::size_t place) {
    const Event twice = events.at(place);
    events.insert(events.begin() + at(place), twice);
}

void swap_with_next(std::vector<Event>& events, std::size_t place) {
    std::swap(events.at(place), events.at(place + 1));
}

std::uint64_t& time_in(Event& event) {
    return std::visit(
        [](auto& one) -> std::uint64_t& {
            if constexpr (requires { one.stamp; }) return one.stamp.time_ns;
            throw std::logic_error("an event without a time");
        },
        event);
}

void swap_times_with_next(std::vector<Event>& events, std::size_t place) {
    std::swap(time_in(events.at(place)), time_in(events.at(place + 1)));
}

/// As if each event came when it happened: the later of two that come in the wrong order has been acted upon.
Reports reported_as_it_comes(const Scene& scene) {
    Listener listener;
    Reconstruction core({}, listener);
    std::uint64_t now = 0;
    for (const Event& event : scene.events) {
        core.feed(event);
        now = std::max(now, time_of(event).value());
        core.feed(TimePassed{now});
    }
    core.feed(TimePassed{now + 2 * kSecond});
    core.finish();
    return std::move(listener.reported);
}

void expect_no_wrong_claim(const Reports& reported, const std::vector<Truth>& truths) {
    for (const Verdict& verdict : reported.verdicts)
        EXPECT_TRUE(verdict.confidence != Confidence::kObserved || is_true(verdict, truths))
            << code_of(verdict.cause) << ": " << rule_name(verdict);
}

auto said(const Verdict& verdict) {
    return std::make_tuple(verdict.cause, verdict.confidence, verdict.rule, verdict.process ? verdict.process->pid : 0,
                           verdict.write ? verdict.write->error : 0, verdict.monotonic_ns, verdict.timeline.size());
}

void expect_reported_the_same(const Reports& reported, const Reports& expected) {
    ASSERT_EQ(reported.verdicts.size(), expected.verdicts.size());
    for (std::size_t i = 0; i < reported.verdicts.size(); ++i)
        EXPECT_EQ(said(reported.verdicts[i]), said(expected.verdicts[i]));
}

TEST(DuplicatedEvent, ChangesNothing) {
    at_each_event(report_twice, [](const Scene& changed, const Scene& whole) {
        expect_reported_the_same(changed.reported(), whole.reported());
    });
}

TEST(DuplicatedEvent, MakesNoWrongClaimObservedThoughItComesAfterItsVerdict) {
    at_each_event(report_twice, [](Scene changed, const Scene&) {
        changed.events.push_back(changed.events.front());
        expect_no_wrong_claim(reported_as_it_comes(changed), changed.truths);
    });
}

TEST(SwappedEvents, ComeTooLateForTheirPlaceAndMakeNoWrongClaimObserved) {
    at_each_event(swap_with_next, [](const Scene& changed, const Scene&) {
        expect_no_wrong_claim(reported_as_it_comes(changed), changed.truths);
    });
}

TEST(SwappedEvents, AreReportedAsTheyHappenedIfBothAreThereInTime) {
    at_each_event(swap_with_next, [](const Scene& changed, const Scene& whole) {
        expect_reported_the_same(changed.reported(), whole.reported());
    });
}

TEST(SwappedTimes, MakeNoWrongClaimObserved) {
    at_each_event(swap_times_with_next, [](const Scene& changed, const Scene&) {
        expect_no_wrong_claim(changed.reported(), changed.truths);
    });
}

} // namespace
} // namespace tcpblame::reconstruct
