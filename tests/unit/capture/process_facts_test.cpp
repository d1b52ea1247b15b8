#include "capture/process_facts.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <unistd.h>

namespace tcpblame::capture {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kNow = 1000 * kSecond;

TEST(ProcessFacts, AreAskedForOnceAWhile) {
    ProcessFacts facts;
    EXPECT_TRUE(facts.due(7, "web", kNow));
    EXPECT_FALSE(facts.due(7, "web", kNow + kSecond));
    EXPECT_TRUE(facts.due(8, "web", kNow + kSecond));
    EXPECT_TRUE(facts.due(7, "web", kNow + 10 * kSecond));
}

TEST(ProcessFacts, AreAskedForAgainUnderAnotherName) {
    ProcessFacts facts;
    EXPECT_TRUE(facts.due(7, "web", kNow));
    EXPECT_TRUE(facts.due(7, "db", kNow + 1));
    EXPECT_FALSE(facts.due(7, "db", kNow + 2));
}

TEST(ProcessFacts, InPassingAreAFewASecondButThoseOfAnotherName) {
    ProcessFacts facts;
    std::uint32_t pid = 1;
    while (facts.due_in_passing(pid, "web", kNow)) ++pid;
    EXPECT_GT(pid, 5U);
    EXPECT_LT(pid, 100U);
    EXPECT_TRUE(facts.due_in_passing(1, "db", kNow)) << "what is known of it is another's";
    EXPECT_TRUE(facts.due_in_passing(pid, "web", kNow + kSecond));
}

std::string own_name() {
    std::ifstream file("/proc/self/comm");
    std::string name;
    std::getline(file, name);
    return name;
}

TEST(ProcessFacts, OfOneThatHasAnotherNameNowNothingIsSaid) {
    const auto pid = static_cast<std::uint32_t>(getpid());
    EXPECT_NE(read_process(pid, own_name(), kNow).exe, "");
    const model::ProcessKnown other = read_process(pid, "somebody else", kNow);
    EXPECT_EQ(other.pid, pid);
    EXPECT_EQ(other.exe, "");
    EXPECT_TRUE(other.mappings.empty());
}

} // namespace
} // namespace tcpblame::capture
