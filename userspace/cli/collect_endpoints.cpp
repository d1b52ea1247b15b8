#include "cli/collect_endpoints.hpp"

#include "cli/replay.hpp"
#include "model/wall_clock.hpp"

namespace tcpblame::cli {
namespace {

/// Wants to know the time only.
class ClockWatcher : public reconstruct::VerdictSink {
public:
    explicit ClockWatcher(const Recording& recording) : clock(recording.run.start.realtime_offset_ns) {}
    void verdict(model::Verdict&& /*verdict*/) override {}
    void lost(const model::LostEvents& /*lost*/) override {}
    void clock_set(const model::ClockSet& set) override { clock.set(set); }

    model::WallClock clock;
};

std::uint64_t read_to_the_end(const Recording& recording, ClockWatcher& watcher,
                              const reconstruct::Joining& joining = {}) {
    Replay replay(recording.run, *recording.frames, watcher, 0, joining);
    while (replay.step()) {}
    return replay.end().monotonic_ns;
}

} // namespace

reconstruct::RemoteEndpoints collect_endpoints(const std::vector<Recording>& recordings) {
    reconstruct::RemoteEndpoints ends;
    for (const Recording& recording : recordings) {
        const model::RunStart& start = recording.run.start;
        const std::size_t run = ends.add_run(recording.run.host, start.monotonic_ns, start.realtime_offset_ns);
        ClockWatcher watcher(recording);
        ends.end_run(run, read_to_the_end(recording, watcher, {run, &ends, nullptr}));
    }
    ends.align_clocks();
    return ends;
}

std::int64_t end_of(const Recording& recording) {
    ClockWatcher watcher(recording);
    const std::uint64_t ended_ns = read_to_the_end(recording, watcher);
    return watcher.clock.realtime_of(ended_ns);
}

} // namespace tcpblame::cli
