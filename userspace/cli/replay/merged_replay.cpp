#include "cli/replay/merged_replay.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <string_view>
#include <utility>

namespace tcpblame::cli {
namespace {

/// Also what is below it, as the kernel's filter has it.
bool is_in_cgroup(std::string_view path, std::string_view cgroup) {
    if (cgroup.size() > 1 && cgroup.back() == '/') cgroup.remove_suffix(1); // as a shell completes it
    return path.substr(0, cgroup.size()) == cgroup &&
           (path.size() == cgroup.size() || cgroup == "/" || path[cgroup.size()] == '/');
}

bool passes(const model::Selection& selection, const model::Process& process) {
    if (!selection.by_process()) return true;
    if (std::any_of(selection.cgroups.begin(), selection.cgroups.end(),
                    [&](const std::string& cgroup) { return is_in_cgroup(process.cgroup, cgroup); }))
        return true;
    const bool by_name = !selection.pids.empty() || !selection.comms.empty();
    return by_name && selection.passes(process.pid, process.comm, process.name);
}

/// For a person only where it reports one from another.
bool names_hosts(Format format, const std::vector<Recording>& recordings) {
    if (recordings.size() < 2) return false;
    return !is_for_a_terminal(format) ||
           std::any_of(recordings.begin(), recordings.end(),
                       [&](const Recording& recording) { return recording.run.host != recordings.front().run.host; });
}

bool selects_connection(const model::Selection& selection, const model::Verdict& verdict, bool from_other_end) {
    if (!verdict.connection) return selection.passes_portless();
    const model::Tuple& tuple = verdict.connection->tuple;
    return selection.passes(from_other_end ? tuple.swapped() : tuple) &&
           selection.passes_netns(verdict.connection->netns);
}

bool selects_culprit_of(const model::Selection& selection, const model::Verdict& verdict) {
    const model::Process* culprit = model::culprit_of(verdict);
    return culprit != nullptr && passes(selection, *culprit) && selects_connection(selection, verdict, true);
}

} // namespace

bool selects(const model::Selection& selection, const model::Verdict& verdict) {
    if (selection.as_culprit() && selects_culprit_of(selection, verdict)) return true;
    if (selection.by_process() && !selection.as_victim() && verdict.cause != model::Cause::kOrderly) return false;
    if (!selects_connection(selection, verdict, false)) return false;
    return verdict.process ? passes(selection, *verdict.process) : !selection.by_process();
}

model::Selection selection_for(const model::RecordedRun& run, const model::Selection& asked) {
    model::Selection selection = run.selection;
    // Whom it asks about is filtered once more afterwards, and may be a process at either end.
    if (asked.as_culprit()) selection.as = model::Part::kBoth;
    return selection;
}

bool RecordingFilter::matches(const model::Verdict& verdict) const {
    if (!span_.holds(verdict.monotonic_ns, merge_state_.clock.realtime_of(verdict.monotonic_ns))) return false;
    return selects(options_.selection, verdict) && options_.filter.matches(verdict, place_.host);
}

bool RecordingFilter::was_reported(const model::Verdict& verdict) {
    if (verdict.cause != model::Cause::kOrderly || !verdict.joined || !verdict.connection) return false;
    if (merge_state_.ends.contains({verdict.joined->host, verdict.joined->id})) return true;
    merge_state_.ends.emplace(place_.host, verdict.connection->id);
    return false;
}

void RecordingFilter::verdict(model::Verdict&& verdict) {
    if (options_.errors_only && verdict.cause == model::Cause::kOrderly) return;
    if (!matches(verdict)) return merge_state_.passed_over.count(verdict);
    if ((place_.count && tally_.reported() >= *place_.count) || was_reported(verdict)) return;
    tally_.count(verdict);
    if (place_.name_host) verdict.host = place_.host;
    verdict.recording = place_.number;
    publisher_.verdict(std::move(verdict));
}

void RecordingFilter::lost(const model::LostEvents& lost) {
    model::LostEvents here = lost;
    if (place_.name_host) here.host = place_.host;
    here.recording = place_.number;
    publisher_.lost(here);
}

void RecordingFilter::clock_set(const model::ClockSet& set) {
    if (!place_.sets_clock) return;
    merge_state_.clock.set(set);
    publisher_.clock_set(set);
}

MergedReplay::MergedReplay(ReplayOptions options, const Span& span, const std::vector<Recording>& recordings,
                           const reconstruct::RemoteEndpoints* others, render::Output& output, Writer& writer)
    : options_(std::move(options)), output_(output), writer_(writer), publisher_(output, nullptr, options_.count) {
    const bool name_hosts = names_hosts(options_.format, recordings);
    for (const Recording& recording : recordings) {
        const model::RecordedRun& run = recording.run;
        const std::size_t number = parts_.size();
        Part& part = parts_.emplace_back();
        part.recording_filter = std::make_unique<RecordingFilter>(
            options_, span,
            RecordingFilter::Place{run.host, name_hosts, run.count, number == 0, static_cast<std::uint32_t>(number)},
            merge_state_, publisher_);
        const std::int64_t shift_ns = others != nullptr ? others->clock_of(number).ns : 0;
        if (number == 0) merge_state_.clock = model::WallClock(run.start.realtime_offset_ns - shift_ns);
        part.replay =
            std::make_unique<Replay>(run, selection_for(run, options_.selection), *recording.frames,
                                     *part.recording_filter, shift_ns, reconstruct::Joining{number, nullptr, others});
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
