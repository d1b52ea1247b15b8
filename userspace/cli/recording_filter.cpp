#include "cli/recording_filter.hpp"

#include "cli/selects.hpp"

#include <utility>

namespace tcpblame::cli {

bool RecordingFilter::matches(const model::Verdict& verdict) const {
    if (!span_.holds(verdict.monotonic_ns, merge_state_.clock.realtime_of(verdict.monotonic_ns))) return false;
    return selects(options_.selection, verdict);
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
    publisher_.verdict(std::move(verdict));
}

void RecordingFilter::lost(const model::LostEvents& lost) {
    model::LostEvents here = lost;
    if (place_.name_host) here.host = place_.host;
    publisher_.lost(here);
}

void RecordingFilter::clock_set(const model::ClockSet& set) {
    if (!place_.sets_clock) return;
    merge_state_.clock.set(set);
    publisher_.clock_set(set);
}

} // namespace tcpblame::cli
