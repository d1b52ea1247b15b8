#include "render/moment.hpp"

#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

std::string rfc3339(std::int64_t realtime_ns) { return std::string{Rfc3339()(realtime_ns)}; }

TEST(Moment, IsReportedToTheNanosecond) {
    EXPECT_EQ(rfc3339(1), "1970-01-01T00:00:00.000000001Z");
    EXPECT_EQ(rfc3339(1'714'572'131'532'000'001), "2024-05-01T14:02:11.532000001Z");
}

TEST(Moment, MayBeBefore1970) {
    EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999999999Z");
    EXPECT_EQ(time_of_day(-1'000'000, std::chrono::seconds{0}), "23:59:59.999");
}

// A damaged recording holds any number. Midnight before the earliest of these moments is none that nanoseconds reach.
TEST(Moment, MayBeAsEarlyOrLateAsNumbersGo) {
    EXPECT_EQ(rfc3339(INT64_MIN), "1677-09-21T00:12:43.145224192Z");
    EXPECT_EQ(rfc3339(INT64_MAX), "2262-04-11T23:47:16.854775807Z");
    EXPECT_EQ(time_of_day(INT64_MIN, std::chrono::hours{-12}), "12:12:43.145");
    EXPECT_EQ(time_of_day(INT64_MAX, std::chrono::hours{14}), "13:47:16.854");
}

TEST(Moment, IsReportedWhateverMomentWasReportedBefore) {
    Rfc3339 reported;
    const auto moments = {0LL,
                          999'999'999LL,
                          1'000'000'000LL,
                          5LL,
                          -1LL,
                          1'714'572'136'532'000'001LL,
                          1'714'572'136'000'000'000LL,
                          static_cast<long long>(INT64_MIN),
                          86'400'000'000'000LL};
    for (const std::int64_t moment : moments) EXPECT_EQ(reported(moment), rfc3339(moment));
}

} // namespace
} // namespace tcpblame::render
