#include "cli/command_line.hpp"

#include <gtest/gtest.h>

namespace tcpblame::cli {
namespace {

const std::vector<std::string> kKnown = {"--port", "--pid", "--localport", "--duration", "--all", "report", "record"};

TEST(Suggestion, FindsWhatWasMeantByOneSlipOfAnyKind) {
    EXPECT_EQ(nearest("--prot", kKnown), "--port");  // swapped
    EXPECT_EQ(nearest("--por", kKnown), "--port");   // left out
    EXPECT_EQ(nearest("--porrt", kKnown), "--port"); // put in
    EXPECT_EQ(nearest("--pord", kKnown), "--port");  // changed
    EXPECT_EQ(nearest("rceord", kKnown), "record");
}

TEST(Suggestion, ForgivesMoreSlipsInALongerWord) {
    EXPECT_EQ(nearest("--durratoin", kKnown), "--duration");
    EXPECT_EQ(nearest("--locport", kKnown), "--localport");
}

TEST(Suggestion, TakesTheNearestOfSeveral) {
    EXPECT_EQ(nearest("repord", kKnown), "report");
    EXPECT_EQ(nearest("--pi", kKnown), "--pid");
}

TEST(Suggestion, IsSilentWhereNothingIsNear) {
    EXPECT_EQ(nearest("weather", kKnown), "");
    EXPECT_EQ(nearest("x", kKnown), "");
    EXPECT_EQ(nearest("", kKnown), "");
    EXPECT_EQ(nearest("report", {}), "");
    EXPECT_EQ(nearest(std::string(1'000'000, 'r'), kKnown), "");
}

TEST(Suggestion, SaysWhatElseToDoWhereNothingIsNear) {
    EXPECT_EQ(did_you_mean("--prot", kKnown, "see the help"), "did you mean --port?");
    EXPECT_EQ(did_you_mean("weather", kKnown, "see the help"), "see the help");
}

} // namespace
} // namespace tcpblame::cli
