#include "reconstruct/ordering.hpp"

#include "reconstruct/scene.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

Event event_at(std::uint64_t time_ns, std::uint64_t sequence = 0) {
    return ProcessExited{{{0, sequence}, time_ns}, task("a", 1)};
}

std::uint64_t sequence_of(const Event* event) {
    return event != nullptr ? std::get<ProcessExited>(*event).stamp.id.sequence : 0;
}

TEST(Ordering, OnlyWhatHappenedHasATime) {
    EXPECT_EQ(time_of(event_at(7)), 7U);
    EXPECT_EQ(time_of(SendReturned{}), 0U);
    EXPECT_FALSE(time_of(TimePassed{7}));
    EXPECT_FALSE(time_of(EventsLost{}));
    EXPECT_FALSE(time_of(ProcessKnown{}));
}

TEST(Ordering, GivesTheEarliestFirst) {
    Ordering ordering;
    std::vector<std::uint64_t> times;
    std::mt19937 random(1);
    for (int i = 0; i < 500; ++i) {
        const std::uint64_t time = random() % 1'000;
        times.push_back(time);
        ordering.put(time, event_at(time));
    }
    std::sort(times.begin(), times.end());
    for (const std::uint64_t time : times) {
        const auto event = ordering.take(1'000);
        ASSERT_TRUE(event);
        EXPECT_EQ(time_of(*event), time);
    }
    EXPECT_FALSE(ordering.take(1'000));
}

TEST(Ordering, KeepsWhatIsTooYoung) {
    Ordering ordering;
    ordering.put(10, event_at(10));
    ordering.put(20, event_at(20));
    EXPECT_FALSE(ordering.take(9));
    EXPECT_EQ(time_of(*ordering.take(10)), 10U);
    EXPECT_FALSE(ordering.take(19));
    EXPECT_EQ(time_of(*ordering.take(20)), 20U);
}

TEST(Ordering, KeepsTheOrderOfComingAmongEqualTimes) {
    Ordering ordering;
    constexpr std::uint64_t kMany = 100;
    for (std::uint64_t i = 1; i <= kMany; ++i) ordering.put(5, event_at(5, i));
    for (std::uint64_t i = 1; i <= kMany; ++i) EXPECT_EQ(sequence_of(ordering.take(5)), i);
}

TEST(Ordering, TakesAnEventThatCameTwiceOnce) {
    Ordering ordering;
    ordering.put(10, event_at(10, 1));
    ordering.put(10, event_at(10, 2));
    ordering.put(10, event_at(10, 2));
    ordering.put(20, event_at(20, 2)); // a number that begins anew after 2^64 is no repetition
    EXPECT_TRUE(ordering.take(20));
    EXPECT_TRUE(ordering.take(20));
    EXPECT_EQ(time_of(*ordering.take(20)), 20U);
    EXPECT_FALSE(ordering.take(20));
}

TEST(Ordering, TakesAllThatHaveNoNumber) {
    Ordering ordering;
    ordering.put(10, event_at(10, 0));
    ordering.put(10, event_at(10, 0));
    EXPECT_TRUE(ordering.take(10));
    EXPECT_TRUE(ordering.take(10));
}

} // namespace
} // namespace tcpblame::reconstruct
