#include "cli/live/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tcpblame::cli {
namespace {

using testing::HasSubstr;

model::Selection of_pid(pid_t pid) {
    model::Selection selection;
    selection.pids = {static_cast<std::uint32_t>(pid)};
    return selection;
}

/// A child that has exited; until the end of the test nobody waits for it.
class Zombie {
public:
    Zombie() : pid_(fork()) {
        if (pid_ == 0) _exit(0);
        siginfo_t info{};
        waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
    }
    Zombie(const Zombie&) = delete;
    Zombie& operator=(const Zombie&) = delete;
    ~Zombie() { reap(); }
    pid_t pid() const { return pid_; }
    void reap() { waitpid(pid_, nullptr, 0); }

private:
    pid_t pid_;
};

TEST(Target, IsMetInWhatIsAskedForAlone) {
    model::SendReturned event;
    event.socket.tuple.local = {.family = model::Family::kIpv4, .port = 5432};
    event.socket.tuple.remote = {.family = model::Family::kIpv4, .port = 40000};
    model::Selection by_port;
    by_port.ports = {5432};
    EXPECT_TRUE(is_of_target(by_port, event));
    EXPECT_FALSE(is_of_target(by_port, model::TimePassed{}));
    by_port.ports = {5433};
    EXPECT_FALSE(is_of_target(by_port, event));
    model::Selection by_name;
    by_name.comms = {"ngnix"};
    EXPECT_FALSE(is_of_target(by_name, event));
    EXPECT_FALSE(is_of_target(by_name, model::ProcessExited{}));
    event.actor.asked_for = true;
    EXPECT_TRUE(is_of_target(by_name, event));
    by_name.remote_ports = {9};
    EXPECT_FALSE(is_of_target(by_name, event));
}

TEST(Target, ALivingProcessIsOne) {
    EXPECT_TRUE(check_processes(of_pid(getpid())));
    EXPECT_TRUE(check_processes({}));
}

TEST(Target, AProcessThatIsNotThereIsRefused) {
    Zombie gone;
    gone.reap();
    const auto checked = check_processes(of_pid(gone.pid()));
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ExitCode::kFailure);
    EXPECT_THAT(checked.error().what, HasSubstr(std::to_string(gone.pid())));
}

TEST(Target, AZombieIsRefused) {
    const Zombie zombie;
    const auto checked = check_processes(of_pid(zombie.pid()));
    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error().what, HasSubstr("has ended"));
}

TEST(Target, IsSaidInWords) {
    EXPECT_EQ(describe({}), "all processes");
    model::Selection selection;
    selection.comms = {"orders-api", "web"};
    selection.ports = {5432};
    selection.local_ports = {80, 81};
    selection.remote_ports = {443};
    selection.hosts = {model::prefix_of({model::Family::kIpv4, {10}}, 8)};
    selection.ipv6 = false;
    EXPECT_EQ(
        describe(selection),
        "processes named orders-api, web, port 5432, local port 80, 81, remote port 443, host 10.0.0.0/8, IPv4 only");
    EXPECT_THAT(describe(of_pid(getpid())), HasSubstr("pid " + std::to_string(getpid()) + " ("));
}

} // namespace
} // namespace tcpblame::cli
