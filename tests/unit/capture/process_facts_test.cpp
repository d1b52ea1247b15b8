#include "capture/process_facts.hpp"

#include <array>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

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

/// The command line of a program that runs as it says.
std::string argv_of(std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::array<int, 2> pipe_ends{};
    if (pipe(pipe_ends.data()) != 0) return "no pipe";
    const pid_t child = fork();
    if (child == 0) {
        dup2(pipe_ends[0], STDIN_FILENO);
        close(pipe_ends[1]);
        execv("/bin/cat", argv.data());
        _exit(1);
    }
    close(pipe_ends[0]);
    std::string argv_read;
    for (int tries = 0; tries < 1000 && argv_read.substr(0, 4) != arguments[0].substr(0, 4); ++tries) {
        usleep(1000);
        argv_read = read_process(static_cast<std::uint32_t>(child), kNow, Argv::kRead).argv;
    }
    close(pipe_ends[1]);
    waitpid(child, nullptr, 0);
    return argv_read;
}

TEST(ProcessFacts, HaveTheCommandLineOnlyIfItIsAskedFor) {
    EXPECT_EQ(argv_of({"a cat", "-"}), std::string("a cat\0-", 7));
    EXPECT_EQ(read_process(static_cast<std::uint32_t>(getpid()), kNow).argv, "");
    EXPECT_EQ(read_process(static_cast<std::uint32_t>(getpid()), own_name(), kNow).argv, "");
    EXPECT_NE(read_process(static_cast<std::uint32_t>(getpid()), own_name(), kNow, Argv::kRead).argv, "");
}

TEST(ProcessFacts, HaveTheBeginningOfALongCommandLine) {
    EXPECT_EQ(argv_of({"cat " + std::string(196, 'x')}), "cat " + std::string(196, 'x'));
    EXPECT_EQ(argv_of({"cat " + std::string(197, 'x')}), "cat " + std::string(196, 'x') + "…");
    for (const std::string character : {"é", "€", "😀"}) {
        for (std::size_t before = 196 - character.size(); before <= 196; ++before) {
            const std::string text = "cat " + std::string(before, 'x');
            const bool fits = before + character.size() <= 196;
            EXPECT_EQ(argv_of({text + character + "yyyyyyy"}).substr(text.size(), character.size()),
                      (fits ? character : "…").substr(0, character.size()))
                << character << " behind " << before;
        }
    }
}

} // namespace
} // namespace tcpblame::capture
