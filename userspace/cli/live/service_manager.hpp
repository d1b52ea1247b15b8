/// Reports to a service manager how the run stands: sd_notify(3)'s datagrams, of which systemd is the usual reader.
#pragma once

#include "base/unique_fd.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tcpblame::cli {

class ServiceManager {
public:
    /// By NOTIFY_SOCKET and WATCHDOG_USEC of the environment; without them all that follows does nothing. They are for
    /// this process alone, and taken out of the environment.
    static ServiceManager from_environment();

    /// Every hook is attached.
    void ready(std::string_view watching);
    /// To be called now and then: half as long as the manager waits for a sign of life, it gets one.
    void is_alive(std::uint64_t now_ns);
    /// It reads its configuration anew, at `now_ns` (CLOCK_MONOTONIC); ready() follows.
    void reloading(std::uint64_t now_ns);
    void stopping();

private:
    void send(std::string_view lines) const;

    UniqueFd socket_;
    std::string address_; ///< as the kernel has it: sun_path
    std::uint64_t watchdog_ns_ = 0;
    std::uint64_t next_sign_ns_ = 0;
};

} // namespace tcpblame::cli
