/// Reports one recording, or several as one story: each goes through a core of its own, all by one clock.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"
#include "cli/recording.hpp"
#include "cli/recording_filter.hpp"
#include "cli/replay.hpp"
#include "cli/span.hpp"
#include "cli/writer.hpp"
#include "reconstruct/remote_endpoints.hpp"
#include "render/output.hpp"

#include <memory>
#include <vector>

namespace tcpblame::cli {

/// `others`, where there is more than one recording: with the ends that all of them hold, the clocks aligned. Verdicts
/// outside of the span are not reported. Fails with kDamagedRecording where a recording breaks off; what came before is
/// reported all the same, and what the others have.
class MergedReplay {
public:
    MergedReplay(const Options& options, const Span& span, const std::vector<Recording>& recordings,
                 const reconstruct::RemoteEndpoints* others, render::Output& output, Writer& writer);

    Result<void> run();

private:
    struct Part {
        std::unique_ptr<RecordingFilter> recording_filter;
        std::unique_ptr<Replay> replay;
        bool done = false;
    };

    /// The one whose next frame is the earliest; nullptr at the end.
    Part* next();
    /// All of them have come so far.
    std::uint64_t passed_ns() const;
    model::RecordedEnd end() const;
    Result<void> conclude();

    render::Output& output_;
    Writer& writer_;
    VerdictPublisher publisher_;
    MergeState merge_state_;
    std::vector<Part> parts_;
};

} // namespace tcpblame::cli
