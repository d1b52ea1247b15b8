#include "model/wall_clock.hpp"

#include <gtest/gtest.h>

namespace tcpblame::model {
namespace {

TEST(WallClock, GoesAsItBeganUntilItIsSet) {
    const WallClock clock(1'000);
    EXPECT_EQ(clock.realtime_of(0), 1'000);
    EXPECT_EQ(clock.realtime_of(500), 1'500);
}

TEST(WallClock, ReportsWhatIsOlderByTheTimeOfDayThatItHad) {
    WallClock clock(1'000);
    clock.set({100, 5'000});
    clock.set({200, -7});
    EXPECT_EQ(clock.realtime_of(99), 1'099);
    EXPECT_EQ(clock.realtime_of(100), 5'100);
    EXPECT_EQ(clock.realtime_of(199), 5'199);
    EXPECT_EQ(clock.realtime_of(200), 193);
}

TEST(WallClock, SaysHowFarItIsSet) {
    WallClock clock(1'000);
    EXPECT_EQ(clock.ahead_by({100, 5'000}), 4'000);
    clock.set({100, 5'000});
    EXPECT_EQ(clock.ahead_by({200, 4'000}), -1'000);
}

TEST(WallClock, ForgetsNoMoreThanIsLongPast) {
    WallClock clock(0);
    for (std::uint64_t i = 1; i <= 1'000; ++i) clock.set({i * 10, static_cast<std::int64_t>(i)});
    EXPECT_EQ(clock.offset_at(10'000), 1'000);
    EXPECT_EQ(clock.offset_at(9'995), 999);
    EXPECT_EQ(clock.offset_at(9'500), 950);
}

TEST(WallClock, TakesAnyNumber) {
    WallClock clock(INT64_MIN);
    EXPECT_EQ(clock.realtime_of(UINT64_MAX), INT64_MAX);
    clock.set({0, INT64_MAX});
    EXPECT_EQ(clock.ahead_by({1, INT64_MIN}), 1);
}

} // namespace
} // namespace tcpblame::model
