// Takes every single event (of long recordings: every few) out of every recording, reports it twice, or swaps it with
// its neighbour: what is then claimed as observed must still be true. The truth is what the undisturbed recording is
// reported of, which the live test of the same story has held against the story's own word.
#include "reconstruct/rules.hpp"
#include "recordings/recording.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tcpblame::recordings {
namespace {

using reconstruct::scene::is_true;
using reconstruct::scene::Truth;

std::vector<Truth> truths_of(const Reports& reported) {
    std::vector<Truth> truths;
    for (const model::Verdict& verdict : reported.verdicts)
        truths.push_back({verdict.process ? verdict.process->pid : 0, verdict.write ? verdict.write->error : 0,
                          verdict.cause, verdict.confidence, verdict.peer});
    return truths;
}

/// An event that the kernel made; the others are not lost.
const model::Stamp* stamp_of(const model::Event& event) {
    return std::visit(
        [](const auto& one) -> const model::Stamp* {
            if constexpr (requires { one.stamp; }) return one.stamp.id.sequence != 0 ? &one.stamp : nullptr;
            return nullptr;
        },
        event);
}

class Disturbed : public OfEachRecording {
protected:
    /// Calls `disturb` with a copy of the events and each place in it that has an event of the kernel.
    template <typename Disturb>
    void at_each_event(const Disturb& disturb) {
        // A long one, of a thousand packets that are alike, at a hundred places or so.
        constexpr std::size_t kPlaces = 100;
        const std::size_t step = std::max<std::size_t>(1, recording_.events.size() / kPlaces);
        for (std::size_t place = 0; place < recording_.events.size(); place += step) {
            if (stamp_of(recording_.events[place]) == nullptr) continue;
            SCOPED_TRACE("event " + std::to_string(place + 1) + " of " + std::to_string(recording_.events.size()));
            std::vector<model::Event> events = recording_.events;
            disturb(events, place);
            expect_no_wrong_claim(recording_.reported(events));
        }
    }

    void expect_no_wrong_claim(const Reports& reported) const {
        for (const model::Verdict& verdict : reported.verdicts)
            EXPECT_TRUE(verdict.confidence != model::Confidence::kObserved || is_true(verdict, truths_) ||
                        rests_on_absence_(verdict))
                << code_of(verdict.cause) << ": " << reconstruct::rule_name(verdict);
    }

    bool (*rests_on_absence_)(const model::Verdict& verdict) = [](const model::Verdict&) { return false; };
    const std::vector<Truth> truths_ = truths_of(recording_.reported());
};

auto at(std::size_t place) { return static_cast<std::ptrdiff_t>(place); }

// What rests on nobody having been seen to do something is left to the next test: an event that does not come is always
// reported as a loss, by its number.
TEST_P(Disturbed, WithoutAnEventNothingWrongIsObserved) {
    rests_on_absence_ = [](const model::Verdict& verdict) {
        return verdict.reset_origin == model::ResetOrigin::kBetween ||
               verdict.cause == model::Cause::kUnknownConnection;
    };
    at_each_event([](auto& events, std::size_t place) { events.erase(events.begin() + at(place)); });
}

TEST_P(Disturbed, WithALossThatIsReportedNothingWrongIsObserved) {
    at_each_event([](auto& events, std::size_t place) {
        const model::Stamp stamp = *stamp_of(events[place]);
        events[place] = model::EventsLost{{.count = 1,
                                           .cpu = stamp.id.cpu,
                                           .after_monotonic_ns = stamp.time_ns - 1,
                                           .before_monotonic_ns = stamp.time_ns}};
    });
}

TEST_P(Disturbed, WithAnEventReportedTwiceNothingWrongIsObserved) {
    at_each_event([](auto& events, std::size_t place) {
        const model::Event twice = events[place];
        events.insert(events.begin() + at(place), twice);
    });
}

TEST_P(Disturbed, WithNeighboursSwappedNothingWrongIsObserved) {
    at_each_event([](auto& events, std::size_t place) {
        if (place + 1 < events.size()) std::swap(events[place], events[place + 1]);
    });
}

INSTANTIATE_TEST_SUITE_P(Recordings, Disturbed, testing::ValuesIn(all_recordings()), test_name);

} // namespace
} // namespace tcpblame::recordings
