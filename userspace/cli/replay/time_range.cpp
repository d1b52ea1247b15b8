#include "cli/replay/time_range.hpp"

#include "cli/moment.hpp"
#include "model/wall_clock.hpp"

namespace tcpblame::cli {

Result<Span> span_of(const RangeOptions& range, const model::RunStart& start, std::int64_t ended_realtime_ns) {
    const std::int64_t began = model::WallClock(start.realtime_offset_ns).realtime_of(start.monotonic_ns);
    const auto after_start = [&](std::chrono::nanoseconds passed) {
        return start.monotonic_ns + static_cast<std::uint64_t>(passed.count());
    };
    Span span;
    std::int64_t since = span.since_realtime_ns;
    std::int64_t until = span.until_realtime_ns;
    if (range.since) {
        since = realtime_of(*range.since, began, ended_realtime_ns);
        if (range.since->after_start)
            span.since_ns = after_start(*range.since->after_start);
        else
            span.since_realtime_ns = since;
    }
    if (range.until) {
        // Before it began there is nothing to be reported: the next such moment is meant, whether or not the recording
        // has it.
        constexpr std::int64_t kWhenever = std::numeric_limits<std::int64_t>::max();
        until = realtime_of(*range.until, began, kWhenever);
        if (range.until->after_start)
            span.until_ns = after_start(*range.until->after_start);
        else
            span.until_realtime_ns = until;
    }
    if (since > until)
        return fail(ExitCode::kUsage, "--since is after --until", "there is nothing between them",
                    "name the earlier moment by --since");
    return span;
}

} // namespace tcpblame::cli
