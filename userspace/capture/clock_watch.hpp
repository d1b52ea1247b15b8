/// Notices when the time of day is another all at once: CLOCK_MONOTONIC, by which all events go, does not show it.
#pragma once

#include "base/unique_fd.hpp"
#include "model/run.hpp"

#include <cstdint>
#include <optional>

namespace tcpblame::capture {

/// CLOCK_MONOTONIC, as bpf_ktime_get_ns() counts it.
std::uint64_t monotonic_now_ns();
/// CLOCK_REALTIME − CLOCK_MONOTONIC. It stays as it is while both are slewed, as NTP does with small differences.
std::int64_t realtime_offset_ns();

class ClockWatch {
public:
    ClockWatch();

    /// Becomes readable when somebody sets the clock, or the machine awakes; -1 where the kernel does not offer that.
    [[nodiscard]] int fd() const { return timer_.get(); }

    /// To be called now and then, and when fd() is readable: what has changed since.
    [[nodiscard]] std::optional<model::ClockSet> look();

private:
    UniqueFd timer_;
    std::int64_t offset_ns_;
    std::int64_t asleep_ns_;     ///< CLOCK_BOOTTIME − CLOCK_MONOTONIC: in all, since the machine was started
    std::uint64_t looked_at_ns_; ///< CLOCK_MONOTONIC
};

} // namespace tcpblame::capture
