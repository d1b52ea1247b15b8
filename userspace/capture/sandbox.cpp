#include "capture/sandbox.hpp"

#include "capture/owned_caps.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tcpblame::capture {
namespace {

constexpr uid_t kNobodysId = 65534;

bool limit(decltype(RLIMIT_DATA) what, rlim_t most) {
    rlimit before{};
    if (getrlimit(what, &before) != 0) return false;
    const rlim_t allowed = std::min(most, before.rlim_max);
    const rlimit both{allowed, allowed};
    return setrlimit(what, &both) == 0;
}

/// The socket takes the place of stdin; what is received comes behind it.
bool close_all_but(int socket) {
    if (dup2(socket, STDIN_FILENO) != STDIN_FILENO) return false;
    if (syscall(SYS_close_range, STDIN_FILENO + 1, ~0U, 0) == 0) return true;
    for (int fd = STDIN_FILENO + 1; fd < 4096; ++fd) close(fd); // refused by a filter of a container's
    return true;
}

/// Against what we have already: RLIMIT_DATA counts what is merely set aside, too (proc(5): statm).
rlim_t memory_now() {
    std::ifstream statm("/proc/self/statm");
    rlim_t pages = 0;
    for (int field = 1; field <= 6; ++field) statm >> pages;
    return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

/// Of user 0 as well as may be: one that may not become another user stays it, without any capability.
bool become_nobody() {
    const OwnedCaps had(cap_get_proc());
    if (!had) return false;
    if (geteuid() == 0 && is_set(had, CAP_SETUID, CAP_EFFECTIVE) && is_set(had, CAP_SETGID, CAP_EFFECTIVE)) {
        // System calls as such: glibc's would speak to threads that we have not.
        if (syscall(SYS_setgroups, 0, nullptr) != 0 ||
            syscall(SYS_setresgid, kNobodysId, kNobodysId, kNobodysId) != 0 ||
            syscall(SYS_setresuid, kNobodysId, kNobodysId, kNobodysId) != 0)
            return false;
    }
    // The tracer has some under any user.
    const OwnedCaps none(cap_init());
    return none && cap_set_proc(none.get()) == 0;
}

struct ReleaseFilter {
    void operator()(scmp_filter_ctx filter) const { seccomp_release(filter); }
};

/// By what glibc, libelf and libdw do on files that are open; glibc's qsort() asks how much memory there is.
bool forbid_system_calls() {
    const std::unique_ptr<void, ReleaseFilter> filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
    if (!filter) return false;
    const auto add = [&](std::uint32_t action, int call, auto... conditions) {
        return seccomp_rule_add(filter.get(), action, call, sizeof...(conditions), conditions...) == 0;
    };
    for (const int call :
         {SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(fstat),
          SCMP_SYS(close), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(futex),
          SCMP_SYS(getrandom), SCMP_SYS(clock_gettime), SCMP_SYS(sysinfo), SCMP_SYS(exit), SCMP_SYS(exit_group)})
        if (!add(SCMP_ACT_ALLOW, call)) return false;
    // No code but what is there.
    const scmp_arg_cmp no_code{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
    // glibc's fstat(), from 2.33.
    const scmp_arg_cmp of_descriptor{3, SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH};
    // libdw looks for the files that another one's strings are in (.gnu_debugaltlink), and goes on without.
    for (const int call : {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(readlink), SCMP_SYS(readlinkat)})
        if (call >= 0 && !add(SCMP_ACT_ERRNO(EACCES), call)) return false; // aarch64 has no open() and readlink()
    return add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), no_code) && add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), no_code) &&
           add(SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), of_descriptor) &&
           // libelf asks whether the descriptor is one.
           add(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), scmp_arg_cmp{1, SCMP_CMP_EQ, F_GETFD, 0}) &&
           seccomp_load(filter.get()) == 0;
}

} // namespace

bool enter_sandbox(int socket, std::size_t memory) {
    // A Ctrl-C is for the tracer, which will end us when it needs us no more.
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) std::signal(signal, SIG_IGN);
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE}) std::signal(signal, SIG_DFL);
    return limit(RLIMIT_CORE, 0) && limit(RLIMIT_DATA, memory_now() + memory) && close_all_but(socket) &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && become_nobody() && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && // behind a change of user, which takes it away
           forbid_system_calls();
}

} // namespace tcpblame::capture
