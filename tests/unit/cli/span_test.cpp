#include "cli/replay/time_range.hpp"

#include "cli/moment.hpp"

#include <cstdlib>
#include <ctime>
#include <gtest/gtest.h>

namespace tcpblame::cli {
namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr std::uint64_t kBegan = 1'000 * kSecondNs;
// 2024-05-01 14:00:00 UTC
constexpr std::int64_t kBeganRealtime = 1'714'572'000 * static_cast<std::int64_t>(kSecondNs);

class Spans : public testing::Test {
protected:
    Spans() {
        setenv("TZ", "UTC", 1); // NOLINT(concurrency-mt-unsafe): a test has one thread
        tzset();
        start.monotonic_ns = kBegan;
        start.realtime_offset_ns = kBeganRealtime - static_cast<std::int64_t>(kBegan);
    }

    Result<Span> span(const char* since, const char* until) {
        if (since != nullptr) options.since = parse_moment("--since", since).value();
        if (until != nullptr) options.until = parse_moment("--until", until).value();
        return span_of(options, start, kBeganRealtime);
    }

    RangeOptions options;
    model::RunStart start;
};

TEST_F(Spans, HoldEverythingWhereNothingIsAskedFor) {
    EXPECT_TRUE(span(nullptr, nullptr)->holds(0, INT64_MIN));
    EXPECT_TRUE(span(nullptr, nullptr)->holds(UINT64_MAX, INT64_MAX));
}

TEST_F(Spans, GoByTheTimeThatHasPassedWhereThatIsNamed) {
    const Span one = span("+10s", "+20s").value();
    for (const std::int64_t whatever : {INT64_MIN, kBeganRealtime, INT64_MAX}) {
        EXPECT_FALSE(one.holds(kBegan + 10 * kSecondNs - 1, whatever));
        EXPECT_TRUE(one.holds(kBegan + 10 * kSecondNs, whatever));
        EXPECT_TRUE(one.holds(kBegan + 20 * kSecondNs, whatever));
        EXPECT_FALSE(one.holds(kBegan + 20 * kSecondNs + 1, whatever));
    }
}

TEST_F(Spans, GoByWhatTheClockShowedWhereThatIsNamed) {
    constexpr std::int64_t kMinute = 60 * static_cast<std::int64_t>(kSecondNs);
    const Span one = span("14:01", "14:02").value();
    for (const std::uint64_t whenever : {std::uint64_t{0}, kBegan, UINT64_MAX}) {
        EXPECT_FALSE(one.holds(whenever, kBeganRealtime + kMinute - 1));
        EXPECT_TRUE(one.holds(whenever, kBeganRealtime + kMinute));
        EXPECT_TRUE(one.holds(whenever, kBeganRealtime + 2 * kMinute));
        EXPECT_FALSE(one.holds(whenever, kBeganRealtime + 2 * kMinute + 1));
    }
}

TEST_F(Spans, HaveAnEndThatIsNotBeforeTheirBeginning) {
    EXPECT_EQ(span("+2s", "+1s").error().code, ExitCode::kUsage);
    EXPECT_EQ(span("14:02", "14:01").error().code, ExitCode::kUsage);
    EXPECT_EQ(span("14:02", "+1s").error().code, ExitCode::kUsage);
    EXPECT_TRUE(span("14:00:01", "+1s"));
}

} // namespace
} // namespace tcpblame::cli
