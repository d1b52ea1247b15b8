/// Reports one recording, or several merged into one timeline: each goes through a core of its own, all by one clock.
#pragma once

#include "base/result.hpp"
#include "cli/output/tally.hpp"
#include "cli/output/writer.hpp"
#include "cli/replay/recordings.hpp"
#include "cli/replay/replay.hpp"
#include "cli/replay/time_range.hpp"
#include "cli/values.hpp"
#include "model/selection.hpp"
#include "model/wall_clock.hpp"
#include "reconstruct/remote_endpoints.hpp"
#include "render/output.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tcpblame::cli {

/// Which verdicts of a recording are asked for, and how they are printed.
struct ReplayOptions {
    model::Selection selection;
    bool errors_only = false;
    std::optional<std::uint64_t> count;
    Format format = Format::kText;
    VerdictFilter filter = {};
};

/// The filters, applied to a verdict that was reported already.
[[nodiscard]] bool selects(const model::Selection& selection, const model::Verdict& verdict);
/// What the core is to report of a recording: as it was asked for then, or as the command line says now.
[[nodiscard]] model::Selection selection_for(const model::RecordedRun& run, const model::Selection& asked);

/// What the filters of several recordings have in common.
struct MergeState {
    std::set<std::pair<std::string, std::string>> ends; ///< of connections that ended well: host and id
    model::WallClock clock;                             ///< the time of day by which all are reported
    Tally passed_over;                                  ///< what was not asked for
};

/// What one recording has to report, as far as the command line asks for it.
class RecordingFilter : public reconstruct::VerdictSink {
public:
    struct Place {
        std::string host;
        bool name_host = false;             ///< recordings of several are reported
        std::optional<std::uint64_t> count; ///< the run was to end after so many verdicts
        bool sets_clock = false;            ///< its host's time of day is that of all
        std::uint32_t number = 0;           ///< which of the recordings it is
    };

    RecordingFilter(const ReplayOptions& options, const Span& span, Place place, MergeState& merge_state,
                    VerdictPublisher& publisher)
        : options_(options), span_(span), place_(std::move(place)), merge_state_(merge_state), publisher_(publisher) {}

    void verdict(model::Verdict&& verdict) override;
    void lost(const model::LostEvents& lost) override;
    void clock_set(const model::ClockSet& set) override;

private:
    [[nodiscard]] bool matches(const model::Verdict& verdict) const;
    /// A connection that ended well is reported once, from whichever end is reported first.
    [[nodiscard]] bool was_reported(const model::Verdict& verdict);

    const ReplayOptions& options_;
    Span span_;
    Place place_;
    MergeState& merge_state_;
    VerdictPublisher& publisher_;
    Tally tally_;
};

/// `others`, where there is more than one recording: with the ends that all of them hold, the clocks aligned. Verdicts
/// outside of the span are not reported. Fails with kDamagedRecording where a recording breaks off; what came before is
/// reported all the same, and what the others have.
class MergedReplay {
public:
    MergedReplay(ReplayOptions options, const Span& span, const std::vector<Recording>& recordings,
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
    [[nodiscard]] std::uint64_t passed_ns() const;
    [[nodiscard]] model::RecordedEnd end() const;
    Result<void> conclude();

    ReplayOptions options_;
    render::Output& output_;
    Writer& writer_;
    VerdictPublisher publisher_;
    MergeState merge_state_;
    std::vector<Part> parts_;
};

} // namespace tcpblame::cli
