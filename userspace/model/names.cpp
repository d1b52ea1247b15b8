#include "model/names.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fmt/format.h>

// Two steps: where there is no __GLIBC_PREREQ, not even an #if may call it.
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 32)
#define TCPBLAME_LIBC_KNOWS_NAMES 1
#endif
#endif

namespace tcpblame::model {

namespace {

#ifdef TCPBLAME_LIBC_KNOWS_NAMES

const char* known_errno(int error) { return strerrorname_np(error); }

std::string known_signal(int signal) {
    const char* name = sigabbrev_np(signal);
    return name != nullptr ? fmt::format("SIG{}", name) : std::string{};
}

#else

struct NumberName {
    int number;
    const char* name;
};

#define NAMED(number)                                                                                                  \
    { number, #number }

// What a write, a read or a connect can fail with.
constexpr NumberName kErrors[] = {
    NAMED(EPIPE),        NAMED(ECONNRESET),  NAMED(ETIMEDOUT),  NAMED(ENOTCONN),     NAMED(ECONNREFUSED),
    NAMED(EHOSTUNREACH), NAMED(ENETUNREACH), NAMED(ENETDOWN),   NAMED(ECONNABORTED), NAMED(EDESTADDRREQ),
    NAMED(EAGAIN),       NAMED(EINTR),       NAMED(EBADF),      NAMED(EMSGSIZE),     NAMED(ENOBUFS),
    NAMED(ENOMEM),       NAMED(EFAULT),      NAMED(EINVAL),     NAMED(EIO),          NAMED(EPROTO),
    NAMED(ENOPROTOOPT),  NAMED(EHOSTDOWN),   NAMED(ENETRESET),  NAMED(EACCES),       NAMED(EPERM),
    NAMED(ENOSPC),       NAMED(ENOTSOCK),    NAMED(EOPNOTSUPP), NAMED(EISCONN),      NAMED(ESHUTDOWN),
};

constexpr NumberName kSignals[] = {
    NAMED(SIGHUP),  NAMED(SIGINT),  NAMED(SIGQUIT), NAMED(SIGILL),  NAMED(SIGTRAP), NAMED(SIGABRT),
    NAMED(SIGBUS),  NAMED(SIGFPE),  NAMED(SIGKILL), NAMED(SIGUSR1), NAMED(SIGSEGV), NAMED(SIGUSR2),
    NAMED(SIGPIPE), NAMED(SIGALRM), NAMED(SIGTERM), NAMED(SIGXCPU), NAMED(SIGXFSZ), NAMED(SIGSYS),
};

#undef NAMED

const char* known_errno(int error) {
    for (const NumberName& entry : kErrors)
        if (entry.number == error) return entry.name;
    return nullptr;
}

std::string known_signal(int signal) {
    for (const NumberName& entry : kSignals)
        if (entry.number == signal) return entry.name;
    return {};
}

#endif

} // namespace

std::string errno_name(int error) {
    // glibc calls 0 "0": no error is no name.
    const char* name = error > 0 ? known_errno(error) : nullptr;
    return name != nullptr ? std::string{name} : fmt::format("errno {}", error);
}

std::string signal_name(int signal) {
    // glibc's table has an entry for 0 ("SIG0" would be made of it).
    std::string name = signal > 0 ? known_signal(signal) : std::string{};
    return name.empty() ? fmt::format("signal {}", signal) : name;
}

} // namespace tcpblame::model
