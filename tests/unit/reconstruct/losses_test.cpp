#include "reconstruct/losses.hpp"

#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

model::LostEvents lost(std::uint64_t count, std::uint64_t after_ns, std::uint64_t before_ns) {
    return {.count = count, .cpu = 0, .after_monotonic_ns = after_ns, .before_monotonic_ns = before_ns};
}

TEST(Losses, NoneAreLostAtFirst) { EXPECT_EQ(Losses().between(0, UINT64_MAX), 0U); }

TEST(Losses, CountThoseThatMayHaveHappenedInTheTime) {
    Losses losses;
    losses.enter(lost(3, 100, 200));
    EXPECT_EQ(losses.between(120, 150), 3U) << "around the time";
    EXPECT_EQ(losses.between(50, 250), 3U) << "within";
    EXPECT_EQ(losses.between(200, 300), 3U) << "at its edge";
    EXPECT_EQ(losses.between(50, 100), 3U) << "at its edge";
    EXPECT_EQ(losses.between(201, 300), 0U) << "before it";
    EXPECT_EQ(losses.between(50, 99), 0U) << "after it";
}

TEST(Losses, CountAlwaysWhereTheirTimeIsNotKnown) {
    Losses losses;
    losses.enter(lost(2, 0, 0));
    EXPECT_EQ(losses.between(5, 6), 2U);
}

TEST(Losses, CountFromTheLastEventOnWhereNothingCameAfter) {
    Losses losses;
    losses.enter(lost(2, 100, 0));
    EXPECT_EQ(losses.between(5, 99), 0U);
    EXPECT_EQ(losses.between(500, 600), 2U);
}

TEST(Losses, AddUp) {
    Losses losses;
    losses.enter(lost(3, 100, 200));
    losses.enter(lost(4, 150, 160));
    losses.enter(lost(5, 900, 950));
    EXPECT_EQ(losses.between(120, 155), 7U);
}

TEST(Losses, CountThoseTooManyToRememberEachWhereTheyMayMatter) {
    Losses losses;
    constexpr std::uint64_t kMany = 10'000;
    for (std::uint64_t i = 1; i <= kMany; ++i) losses.enter(lost(1, i * 10, i * 10 + 5));
    EXPECT_EQ(losses.between(0, UINT64_MAX), kMany);
    EXPECT_GE(losses.between(20, 30), 2U) << "rather too many than too few";
    EXPECT_EQ(losses.between(kMany * 10 + 6, UINT64_MAX), 0U);
    EXPECT_EQ(losses.between(kMany * 10, UINT64_MAX), 1U);
}

} // namespace
} // namespace tcpblame::reconstruct
