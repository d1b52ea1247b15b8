// Which signal a death or a close is put down to, and which not.
#include "reconstruct/kills.hpp"

#include <csignal>
#include <gtest/gtest.h>

namespace tcpblame::reconstruct {
namespace {

using namespace model;

constexpr std::uint64_t kSecond = 1'000'000'000;

SignalSent signal_to(std::uint32_t pid, int signal, std::uint64_t at_ns, SignalOrigin origin = SignalOrigin::kProcess) {
    SignalSent sent;
    sent.stamp = {{0, at_ns}, at_ns};
    sent.target.pid = pid;
    sent.target.name = "server";
    sent.signal = signal;
    sent.origin = origin;
    return sent;
}

SignalSent asking(std::uint32_t pid, int signal, std::uint64_t at_ns) {
    SignalSent sent = signal_to(pid, signal, at_ns);
    sent.handled = true;
    return sent;
}

TEST(KillsTest, NameTheSignalThatKilled) {
    Kills kills;
    kills.note(signal_to(7, SIGKILL, 10));
    ASSERT_NE(kills.that_killed(7, "server", SIGKILL, 20), nullptr);
    EXPECT_EQ(kills.that_killed(7, "server", SIGKILL, 20)->stamp.time_ns, 10U);
}

TEST(KillsTest, DoNotNameOneThatCameLaterNorAnotherSignalNorAnotherProcess) {
    Kills kills;
    kills.note(signal_to(7, SIGKILL, 10));
    EXPECT_EQ(kills.that_killed(7, "server", SIGKILL, 9), nullptr) << "it came after the death";
    EXPECT_EQ(kills.that_killed(7, "server", SIGTERM, 20), nullptr) << "the exit code names another signal";
    EXPECT_EQ(kills.that_killed(8, "server", SIGKILL, 20), nullptr);
    EXPECT_EQ(kills.that_killed(7, "another", SIGKILL, 20), nullptr) << "the pid is another process's by now";
}

TEST(KillsTest, OneThatTheProcessHandledDidNotKillIt) {
    Kills kills;
    kills.note(asking(7, SIGTERM, 10));
    EXPECT_EQ(kills.that_killed(7, "server", SIGTERM, 20), nullptr);
    ASSERT_NE(kills.that_asked(7, "server", 20), nullptr);
}

TEST(KillsTest, OnlyWhatAsksAndOnlyForAMinute) {
    Kills kills;
    kills.note(asking(7, SIGUSR1, 10));
    EXPECT_EQ(kills.that_asked(7, "server", 20), nullptr);
    kills.note(asking(7, SIGTERM, 30));
    EXPECT_EQ(kills.that_asked(7, "server", 29), nullptr);
    EXPECT_NE(kills.that_asked(7, "server", 30 + Kills::kAskedForNs), nullptr);
    EXPECT_EQ(kills.that_asked(7, "server", 31 + Kills::kAskedForNs), nullptr);
}

TEST(KillsTest, TheOomKillerIsTheKernelsSigkillJustBefore) {
    Kills kills;
    kills.note(signal_to(7, SIGKILL, 10, SignalOrigin::kKernel));
    kills.note(signal_to(8, SIGKILL, 10, SignalOrigin::kProcess));
    kills.note(OomKilled{{{0, 1}, 11}, 7});
    kills.note(OomKilled{{{0, 2}, 11}, 8});
    EXPECT_NE(kills.oom(*kills.that_killed(7, "server", SIGKILL, 20)), nullptr);
    EXPECT_EQ(kills.oom(*kills.that_killed(8, "server", SIGKILL, 20)), nullptr) << "a process sent that one";
    kills.note(signal_to(9, SIGKILL, 10, SignalOrigin::kKernel));
    kills.note(OomKilled{{{0, 3}, 10 + 2 * kSecond}, 9});
    EXPECT_EQ(kills.oom(*kills.that_killed(9, "server", SIGKILL, 20)), nullptr) << "of one that had the pid later";
}

TEST(KillsTest, AProcessThatASigpipeKilledHadWritten) {
    Kills kills;
    SigpipeSent sent;
    sent.stamp = {{0, 1}, 10};
    sent.actor.pid = 7;
    sent.actor.name = "server";
    kills.note(sent);
    ASSERT_NE(kills.that_killed(7, "server", SIGPIPE, 20), nullptr);
    EXPECT_EQ(kills.that_killed(7, "server", SIGPIPE, 20)->origin, SignalOrigin::kWrite);
}

TEST(KillsTest, KeepTheNewestOfVeryMany) {
    Kills kills;
    for (std::uint64_t at = 1; at <= 10'000; ++at)
        kills.note(signal_to(static_cast<std::uint32_t>(at % 3 + 1), SIGKILL, at));
    kills.note(signal_to(9, SIGKILL, 10'001));
    EXPECT_EQ(kills.that_killed(1, "server", SIGKILL, 1), nullptr);
    ASSERT_NE(kills.that_killed(1, "server", SIGKILL, 10'001), nullptr);
    EXPECT_EQ(kills.that_killed(1, "server", SIGKILL, 10'001)->stamp.time_ns, 9'999U);
    ASSERT_NE(kills.that_killed(9, "server", SIGKILL, 10'001), nullptr);
}

} // namespace
} // namespace tcpblame::reconstruct
