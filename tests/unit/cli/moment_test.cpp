#include "cli/moment.hpp"

#include <cstdlib>
#include <ctime>
#include <gtest/gtest.h>
#include <string>

namespace tcpblame::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;
// 2024-05-01 14:00:00 UTC
constexpr std::int64_t kAfternoon = 1'714'572'000 * kSecond;
constexpr std::int64_t kBeforeMidnight = kAfternoon + 9 * kHour + 50 * 60 * kSecond; // 23:50

class Moments : public testing::Test {
protected:
    Moments() { set_zone("UTC"); }
    ~Moments() override { set_zone("UTC"); }
    Moments(const Moments&) = delete;
    Moments& operator=(const Moments&) = delete;

    static void set_zone(const char* zone) {
        setenv("TZ", zone, 1); // NOLINT(concurrency-mt-unsafe): a test has one thread
        tzset();
    }

    /// Nanoseconds after 14:00.
    static std::int64_t after(const std::string& text, std::int64_t began_ns = kAfternoon,
                              std::int64_t ended_ns = kAfternoon + kHour) {
        const auto moment = parse_moment("--since", text);
        if (!moment) {
            ADD_FAILURE() << text << ": " << moment.error().why;
            return -1;
        }
        return realtime_of(*moment, began_ns, ended_ns) - kAfternoon;
    }
};

TEST_F(Moments, AreTimesOfTheDayOnWhichTheRecordingBegan) {
    EXPECT_EQ(after("14:05"), 300 * kSecond);
    EXPECT_EQ(after("14:05:07"), 307 * kSecond);
    EXPECT_EQ(after("14:05:07.532"), 307'532'000'000);
    EXPECT_EQ(after("13:00"), -kHour) << "before it, and on the next day it was over";
    EXPECT_EQ(after("00:00"), -14 * kHour);
}

TEST_F(Moments, AreOfTheNextDayWhereTheRecordingWentAcrossMidnight) {
    EXPECT_EQ(after("00:10", kBeforeMidnight, kBeforeMidnight + kHour), 10 * kHour + 600 * kSecond);
    EXPECT_EQ(after("23:55", kBeforeMidnight, kBeforeMidnight + kHour), 9 * kHour + 3300 * kSecond);
    EXPECT_EQ(after("03:00", kBeforeMidnight, kBeforeMidnight + kHour), -11 * kHour) << "it was over by then";
}

TEST_F(Moments, AreAsJsonHasThem) {
    set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    EXPECT_EQ(after("2024-05-01T14:05:07.532000001Z"), 307'532'000'001);
    EXPECT_EQ(after("2024-05-01T16:05:00+02:00"), 300 * kSecond);
    EXPECT_EQ(after("2024-05-01 12:35-01:30"), 300 * kSecond);
    for (const char* bad : {"14:05Z", "2024-05-01T14:05X", "2024-05-01T14:05+2", "2024-05-01T14:05+02:60", "Z"})
        EXPECT_FALSE(parse_moment("--since", bad)) << bad;
}

TEST_F(Moments, AreLocalTime) {
    set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    EXPECT_EQ(after("16:05"), 300 * kSecond) << "14:05 UTC, in summer";
    EXPECT_EQ(after("2024-01-01 15:00"), (-121 * 24LL + 0) * kHour) << "14:00 UTC, in winter";
}

TEST_F(Moments, MayHaveADate) {
    EXPECT_EQ(after("2024-05-01 14:05"), 300 * kSecond);
    EXPECT_EQ(after("2024-05-03T14:05:01"), 48 * kHour + 301 * kSecond);
}

TEST_F(Moments, MayCountFromTheStart) {
    EXPECT_EQ(after("+90s"), 90 * kSecond);
    EXPECT_EQ(after("+5m"), 300 * kSecond);
    EXPECT_EQ(after("+1.5h"), 5400 * kSecond);
    EXPECT_EQ(after("+0s"), 0);
}

TEST_F(Moments, NothingElseIsOne) {
    for (const char* text : {"",
                             "14",
                             "1:05",
                             "14:5",
                             "24:00",
                             "14:60",
                             "14:05:60",
                             "14:05x",
                             "14:05:",
                             "14:05:07.",
                             "14:05:07.5 ",
                             "90s",
                             "+90",
                             "+s",
                             "+-1s",
                             "+infs",
                             "+1e30s",
                             "yesterday",
                             "2024-05-01",
                             "2024-02-30 10:00",
                             "2024-5-1 10:00",
                             "2024-05-01_10:00",
                             "-1:00",
                             "+ 1s"}) {
        const auto moment = parse_moment("--until", text);
        ASSERT_FALSE(moment) << text;
        EXPECT_EQ(moment.error().code, ExitCode::kUsage);
        EXPECT_NE(moment.error().what.find("--until"), std::string::npos);
    }
}

} // namespace
} // namespace tcpblame::cli
