#include "cli/gathering.hpp"

#include "cli/replay.hpp"

namespace tcpblame::cli {
namespace {

class Nobody : public reconstruct::Audience {
public:
    void verdict(model::Verdict&& /*verdict*/) override {}
    void lost(const model::LostEvents& /*lost*/) override {}
};

std::uint64_t read_to_the_end(const Recording& recording, const reconstruct::Joining& joining) {
    Nobody nobody;
    Replay replay(recording.run, *recording.frames, nobody, 0, joining);
    while (replay.step()) {}
    return replay.end().monotonic_ns;
}

} // namespace

reconstruct::Elsewhere gather_ends(const std::vector<Recording>& recordings) {
    reconstruct::Elsewhere ends;
    for (const Recording& recording : recordings) {
        const model::RunStart& start = recording.run.start;
        const std::size_t run = ends.add_run(recording.run.host, start.monotonic_ns, start.realtime_offset_ns);
        ends.end_run(run, read_to_the_end(recording, {run, &ends, nullptr}));
    }
    ends.align_clocks();
    return ends;
}

std::uint64_t end_of(const Recording& recording) { return read_to_the_end(recording, {}); }

} // namespace tcpblame::cli
