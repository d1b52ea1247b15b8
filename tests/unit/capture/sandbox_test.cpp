#include "capture/sandbox.hpp"

#include "base/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <gmock/gmock.h>
#include <new>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace tcpblame::capture {
namespace {

constexpr int kNotEntered = 77;

/// What becomes of a process that tries it in there: as waitpid(2) says.
int outcome_of(const std::function<int()>& attempt) {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
    const UniqueFd ours(ends[0]);
    const UniqueFd theirs(ends[1]);
    const pid_t pid = fork();
    if (pid == 0) _exit(enter_sandbox(theirs.get(), std::size_t{64} << 20) ? attempt() : kNotEntered);
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

MATCHER(IsRefused, "ended by the filter") { return WIFSIGNALED(arg) && WTERMSIG(arg) == SIGSYS; }
MATCHER_P(Exits, code, "exits") { return WIFEXITED(arg) && WEXITSTATUS(arg) == code; }

TEST(Sandbox, OpensNoFile) {
    EXPECT_THAT(outcome_of([] { return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0; }), Exits(EACCES));
    EXPECT_THAT(outcome_of([] { return creat("/tmp/tcpblame-sandbox", 0600) < 0 ? errno : 0; }), IsRefused());
    EXPECT_THAT(outcome_of([] { return static_cast<int>(syscall(SYS_openat2, AT_FDCWD, "/", nullptr, 0)); }),
                IsRefused());
    EXPECT_THAT(outcome_of([] {
                    struct stat status {};
                    return stat("/etc/passwd", &status);
                }),
                IsRefused());
}

TEST(Sandbox, SpeaksToNobodyElse) {
    EXPECT_THAT(outcome_of([] { return socket(AF_INET, SOCK_STREAM, 0); }), IsRefused());
    EXPECT_THAT(outcome_of([] { return kill(getppid(), 0); }), IsRefused());
    EXPECT_THAT(outcome_of([] { return static_cast<int>(write(STDIN_FILENO, "", 1)); }), IsRefused());
}

TEST(Sandbox, RunsNoOtherCode) {
    EXPECT_THAT(outcome_of([] { return execl("/bin/true", "true", nullptr); }), IsRefused());
    EXPECT_THAT(outcome_of([] { return fork(); }), IsRefused());
    EXPECT_THAT(outcome_of([] {
                    return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != nullptr;
                }),
                IsRefused());
}

TEST(Sandbox, HasOneSocketAndMemory) {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        if (!enter_sandbox(ends[1], std::size_t{64} << 20)) _exit(kNotEntered);
        try {
            const std::vector<char> some(std::size_t{16} << 20, 'x');
            const std::vector<char> too_much(std::size_t{128} << 20, some.back());
            _exit(too_much.back());
        } catch (const std::bad_alloc&) {}
        send(STDIN_FILENO, "lives", 5, MSG_NOSIGNAL);
        _exit(0);
    }
    close(ends[1]);
    std::array<char, 16> said{};
    EXPECT_EQ(recv(ends[0], said.data(), said.size(), 0), 5);
    EXPECT_STREQ(said.data(), "lives");
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_THAT(status, Exits(0));
    close(ends[0]);
}

TEST(Sandbox, IsNotEnteredWithoutASocket) {
    const pid_t pid = fork();
    if (pid == 0) _exit(enter_sandbox(-1, std::size_t{64} << 20) ? 0 : kNotEntered);
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_THAT(status, Exits(kNotEntered));
}

} // namespace
} // namespace tcpblame::capture
