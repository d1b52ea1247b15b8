#include "cli/merged_replay.hpp"

#include "cli/messages.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace tcpblame::cli {
namespace {

/// For a person only where it reports one from another.
bool names_hosts(const Options& options, const std::vector<Recording>& recordings) {
    if (recordings.size() < 2) return false;
    return !is_for_a_terminal(options.format) ||
           std::any_of(recordings.begin(), recordings.end(),
                       [&](const Recording& recording) { return recording.run.host != recordings.front().run.host; });
}

} // namespace

MergedReplay::MergedReplay(const Options& options, const Span& span, const std::vector<Recording>& recordings,
                           const reconstruct::RemoteEndpoints* others, render::Output& output, Writer& writer)
    : output_(output), writer_(writer), publisher_(output, nullptr, options.count) {
    const bool name_hosts = names_hosts(options, recordings);
    for (const Recording& recording : recordings) {
        const model::RecordedRun& run = recording.run;
        const std::size_t number = parts_.size();
        Part& part = parts_.emplace_back();
        part.recording_filter = std::make_unique<RecordingFilter>(
            options, span, RecordingFilter::Place{run.host, name_hosts, run.count, number == 0}, merge_state_,
            publisher_);
        const std::int64_t shift_ns = others != nullptr ? others->clock_of(number).ns : 0;
        if (number == 0) merge_state_.clock = model::WallClock(run.start.realtime_offset_ns - shift_ns);
        part.replay = std::make_unique<Replay>(run, *recording.frames, *part.recording_filter, shift_ns,
                                               reconstruct::Joining{number, nullptr, others});
    }
}

MergedReplay::Part* MergedReplay::next() {
    Part* earliest = nullptr;
    for (Part& part : parts_)
        if (!part.done && (earliest == nullptr || part.replay->next_ns() < earliest->replay->next_ns()))
            earliest = &part;
    return earliest;
}

std::uint64_t MergedReplay::passed_ns() const {
    std::uint64_t passed = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t latest = 0;
    for (const Part& part : parts_) {
        if (!part.done) passed = std::min(passed, part.replay->passed_ns());
        latest = std::max(latest, part.replay->passed_ns());
    }
    return std::min(passed, latest);
}

Result<void> MergedReplay::run() {
    std::uint64_t flushed = 0;
    for (Part* part = next(); part != nullptr && !writer_.closed(); part = next()) {
        const std::uint64_t before = part->replay->passed_ns();
        part->done = !part->replay->step();
        if (part->replay->passed_ns() == before) continue;
        if (const std::uint64_t passed = passed_ns(); passed > flushed) output_.flush(flushed = passed);
        if (auto written = writer_.flush(); !written) return written;
    }
    return writer_.closed() ? Result<void>{} : conclude();
}

model::RecordedEnd MergedReplay::end() const {
    model::RecordedEnd latest;
    bool cut_short = false;
    for (const Part& part : parts_) {
        const model::RecordedEnd& end = part.replay->end();
        cut_short = cut_short || end.reason == model::RunEndReason::kCutShort;
        if (end.monotonic_ns >= latest.monotonic_ns) latest = end;
    }
    if (parts_.size() > 1) latest.events.reset(); // of one host
    if (cut_short) latest.reason = model::RunEndReason::kCutShort;
    return latest;
}

Result<void> MergedReplay::conclude() {
    for (const Part& part : parts_)
        if (part.replay->not_understood() > 0)
            print_error({ExitCode::kOk,
                         fmt::format("frames left out of {}: {}", part.replay->name(), part.replay->not_understood()),
                         "they are not understood: another version of tcpblame made the recording",
                         "the verdicts may say less, or be missing; use the version that made it"});
    const model::RecordedEnd ended = end();
    model::RunEnd reported = publisher_.tally().end(ended.reason, ended.monotonic_ns, ended.events);
    for (const Part& part : parts_) reported.evicted += part.replay->evicted();
    reported.passed_over = merge_state_.passed_over.reported();
    output_.end(reported);
    if (auto written = writer_.flush(); !written) return written;
    Result<void> went;
    for (const Part& part : parts_) {
        if (part.replay->went()) continue;
        if (!went) print_error(went.error());
        went = part.replay->went();
    }
    return went;
}

} // namespace tcpblame::cli
