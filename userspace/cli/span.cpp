#include "cli/span.hpp"

#include "cli/moment.hpp"

namespace tcpblame::cli {
namespace {

std::uint64_t monotonic_of(std::int64_t realtime_ns, const model::RunStart& start) {
    const std::int64_t monotonic = realtime_ns - start.realtime_offset_ns;
    return monotonic > 0 ? static_cast<std::uint64_t>(monotonic) : 0;
}

} // namespace

Result<Span> span_of(const Options& options, const model::RunStart& start, std::uint64_t ended_ns) {
    Span span;
    const std::int64_t began = static_cast<std::int64_t>(start.monotonic_ns) + start.realtime_offset_ns;
    const std::int64_t ended = static_cast<std::int64_t>(ended_ns) + start.realtime_offset_ns;
    if (options.since) span.since_ns = monotonic_of(realtime_of(*options.since, began, ended), start);
    // Before it began there is nothing to be told: the next such moment is meant, whether or not the recording has it.
    constexpr std::int64_t kWhenever = std::numeric_limits<std::int64_t>::max();
    if (options.until) span.until_ns = monotonic_of(realtime_of(*options.until, began, kWhenever), start);
    if (span.since_ns > span.until_ns)
        return fail(ExitCode::kUsage, "--since is after --until", "there is nothing between them",
                    "name the earlier moment by --since");
    return span;
}

} // namespace tcpblame::cli
