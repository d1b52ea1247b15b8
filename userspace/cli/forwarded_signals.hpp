/// Signals that wait until they are asked for, so that none comes between two steps; whoever is started meanwhile gets
/// them as they were.
#pragma once

#include <array>
#include <csignal>

namespace tcpblame::cli {

class ForwardedSignals {
public:
    /// SIGCHLD, and those that ask a program to end or to do something, but for those that are ignored (nohup).
    ForwardedSignals();
    ForwardedSignals(const ForwardedSignals&) = delete;
    ForwardedSignals& operator=(const ForwardedSignals&) = delete;
    ~ForwardedSignals() { give_back(); }

    /// For a child: mask and dispositions that this process was started with.
    void give_back() const;

    /// Waits for one.
    siginfo_t next() const;

    /// Those that have come are not answered any more.
    void evict() const;

private:
    sigset_t kept_{};
    sigset_t mask_before_{};
    struct sigaction child_before_ {};
};

/// The ones that ask a program for something.
inline constexpr std::array kTerminationSignals{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

} // namespace tcpblame::cli
