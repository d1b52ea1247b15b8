#include "cli/replay/recordings.hpp"

#include <gtest/gtest.h>

namespace tcpblame::cli {
namespace {

TEST(ClockWords, SayHowFarApartTheClocksAre) {
    EXPECT_EQ(clock_words("web1", "db1", -12'300'000, {0, 100'000, 41}),
              "the clock of db1 is 12 ms behind that of web1 (± 0.10 ms, from 41 connections)");
    EXPECT_EQ(clock_words("web1", "db1", 10'800'000'000'000, {0, 100'000, 1}),
              "the clock of db1 is 3 h 0 min ahead of that of web1 (± 0.10 ms, from 1 connection)");
}

TEST(ClockWords, SayThatTheyAgreeWhereNoDifferenceIsToBeSeen) {
    EXPECT_EQ(clock_words("web1", "db1", -90'000, {0, 100'000, 2}),
              "the clocks of web1 and db1 agree (± 0.10 ms, from 2 connections)");
}

TEST(ClockWords, SayWhatIsNotKnown) {
    EXPECT_EQ(clock_words("web1", "db1", 2'000'000, {0, {}, 2}),
              "the clock of db1 is 2.0 ms ahead of that of web1 (as far as 2 connections can show: nothing went both "
              "ways)");
    EXPECT_EQ(
        clock_words("web1", "db1", 0, {0, {}, 0}),
        "no connection has an end in the recording of db1 and the other elsewhere: its clock is taken to be right");
}

} // namespace
} // namespace tcpblame::cli
