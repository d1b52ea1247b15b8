#include "cli/forwarded_signals.hpp"

#include <cerrno>
#include <ctime>

namespace tcpblame::cli {

ForwardedSignals::ForwardedSignals() {
    sigemptyset(&kept_);
    sigaddset(&kept_, SIGCHLD);
    for (const int signal : kTerminationSignals) {
        struct sigaction before {};
        sigaction(signal, nullptr, &before);
        if (before.sa_handler != SIG_IGN) sigaddset(&kept_, signal); // blocked, it would come all the same
    }
    sigprocmask(SIG_BLOCK, &kept_, &mask_before_);
    // Where it was ignored, nothing would be left of a child to wait for.
    struct sigaction plain {};
    plain.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &plain, &child_before_);
}

void ForwardedSignals::give_back() const {
    sigaction(SIGCHLD, &child_before_, nullptr);
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

siginfo_t ForwardedSignals::next() const {
    siginfo_t info{};
    while (sigwaitinfo(&kept_, &info) < 0 && errno == EINTR) {}
    return info;
}

void ForwardedSignals::evict() const {
    constexpr timespec kAtOnce{};
    while (sigtimedwait(&kept_, nullptr, &kAtOnce) > 0) {}
}

} // namespace tcpblame::cli
