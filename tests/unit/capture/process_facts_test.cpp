#include "capture/process_facts.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <unistd.h>

namespace tcpblame::capture {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kNow = 1000 * kSecond;
using Due = ProcessFacts::Due;

TEST(ProcessFacts, AreAskedForOnceAWhile) {
    ProcessFacts facts;
    EXPECT_EQ(facts.due(7, "web", kNow), Due::kYes);
    EXPECT_EQ(facts.due(7, "web", kNow + kSecond), Due::kNo);
    EXPECT_EQ(facts.due(8, "web", kNow + kSecond), Due::kYes);
    EXPECT_EQ(facts.due(7, "web", kNow + 10 * kSecond), Due::kYes);
}

TEST(ProcessFacts, AreAskedForAgainUnderAnotherName) {
    ProcessFacts facts;
    EXPECT_EQ(facts.due(7, "web", kNow), Due::kYes);
    EXPECT_EQ(facts.due(7, "db", kNow + 1), Due::kAnother);
    EXPECT_EQ(facts.due(7, "db", kNow + 2), Due::kNo);
}

TEST(ProcessFacts, InPassingAreAFewASecondButThoseOfAnotherName) {
    ProcessFacts facts;
    std::uint32_t pid = 1;
    while (facts.due_in_passing(pid, "web", kNow) != Due::kNo) ++pid;
    EXPECT_GT(pid, 5U);
    EXPECT_LT(pid, 100U);
    EXPECT_EQ(facts.due_in_passing(1, "db", kNow), Due::kAnother) << "what is known of it is another's";
    EXPECT_EQ(facts.due_in_passing(pid, "web", kNow + kSecond), Due::kYes);
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
