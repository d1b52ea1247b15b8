/// What one recording has to report, as far as the command line asks for it.
#pragma once

#include "cli/options.hpp"
#include "cli/span.hpp"
#include "cli/tally.hpp"
#include "cli/verdict_publisher.hpp"
#include "model/wall_clock.hpp"
#include "reconstruct/reconstruction.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace tcpblame::cli {

/// What the recording_filters of several recordings have in common.
struct MergeState {
    std::set<std::pair<std::string, std::string>> ends; ///< of connections that ended well: host and id
    model::WallClock clock;                             ///< the time of day by which all are reported
    Tally passed_over;                                  ///< what was not asked for
};

class RecordingFilter : public reconstruct::VerdictSink {
public:
    struct Place {
        std::string host;
        bool name_host = false;             ///< recordings of several are reported
        std::optional<std::uint64_t> count; ///< the run was to end after so many verdicts
        bool sets_clock = false;            ///< its host's time of day is that of all
    };

    RecordingFilter(const Options& options, const Span& span, Place place, MergeState& merge_state,
                    VerdictPublisher& publisher)
        : options_(options), span_(span), place_(std::move(place)), merge_state_(merge_state), publisher_(publisher) {}

    void verdict(model::Verdict&& verdict) override;
    void lost(const model::LostEvents& lost) override;
    void clock_set(const model::ClockSet& set) override;

private:
    bool matches(const model::Verdict& verdict) const;
    /// A connection that ended well is reported once, from whichever end is reported first.
    bool was_reported(const model::Verdict& verdict);

    const Options& options_;
    Span span_;
    Place place_;
    MergeState& merge_state_;
    VerdictPublisher& publisher_;
    Tally tally_;
};

} // namespace tcpblame::cli
