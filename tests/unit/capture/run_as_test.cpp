#include "capture/run_as.hpp"

#include "capture/owned_caps.hpp"

#include <array>
#include <functional>
#include <gtest/gtest.h>
#include <sys/capability.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tcpblame::capture {
namespace {

const User kNobody{.uid = 65534, .gid = 65534};

/// In a process of its own: what is given up does not come back.
bool holds_remotely(const std::function<bool()>& condition) {
    const pid_t pid = fork();
    if (pid == 0) _exit(condition() ? 0 : 1);
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool lose(cap_value_t capability) {
    const OwnedCaps caps(cap_get_proc());
    const std::array<cap_value_t, 1> which{capability};
    return cap_set_flag(caps.get(), CAP_EFFECTIVE, 1, which.data(), CAP_CLEAR) == 0 &&
           cap_set_flag(caps.get(), CAP_PERMITTED, 1, which.data(), CAP_CLEAR) == 0 && cap_set_proc(caps.get()) == 0;
}

TEST(RunAs, BecomesTheUserAltogether) {
    if (geteuid() != 0) return; // only root may
    EXPECT_TRUE(holds_remotely([] {
        std::array<gid_t, 2> groups{};
        return become(kNobody) && geteuid() == kNobody.uid && getegid() == kNobody.gid &&
               getgroups(groups.size(), groups.data()) == 1 && groups[0] == kNobody.gid && setuid(0) != 0;
    }));
}

TEST(RunAs, SaysThatItDidNotBecomeTheUser) {
    if (geteuid() != 0) return;
    for (const cap_value_t missing : {CAP_SETUID, CAP_SETGID})
        EXPECT_TRUE(holds_remotely([missing] { return lose(missing) && !become(kNobody) && geteuid() == 0; }));
}

TEST(RunAs, GivesUpWhatTheUserMayNotKeep) {
    if (geteuid() != 0) return;
    EXPECT_TRUE(holds_remotely([] {
        if (!become(kNobody) || !keep_capabilities_from_commands() || !give_up_capabilities()) return false;
        const OwnedCaps left(cap_get_proc());
        return !is_set(left, CAP_BPF, CAP_PERMITTED) && !is_set(left, CAP_SETUID, CAP_PERMITTED);
    }));
}

} // namespace
} // namespace tcpblame::capture
