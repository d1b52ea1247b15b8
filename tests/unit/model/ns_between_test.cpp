#include "model/ns_between.hpp"

#include <gtest/gtest.h>

namespace tcpblame::model {
namespace {

TEST(NsBetween, IsNegativeWhereTheOtherIsEarlier) {
    EXPECT_EQ(ns_between(100, 130), 30);
    EXPECT_EQ(ns_between(130, 100), -30);
}

// Recordings that are damaged hold such moments; the sanitizers see where the arithmetic is undefined.
TEST(NsBetween, TakesAnyTwoMoments) {
    EXPECT_EQ(ns_between(UINT64_MAX, 0), 1);
    EXPECT_EQ(ns_between(0, UINT64_MAX), -1);
    EXPECT_EQ(ns_between(0, std::uint64_t{1} << 63U), INT64_MIN);
    EXPECT_EQ(ns_between(std::uint64_t{1} << 63U, INT64_MAX), -1);
}

} // namespace
} // namespace tcpblame::model
