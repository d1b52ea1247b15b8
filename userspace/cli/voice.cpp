#include "cli/voice.hpp"

#include "cli/selects.hpp"

#include <utility>

namespace tcpblame::cli {

bool Voice::matches(const model::Verdict& verdict) const {
    if (!span_.holds(verdict.monotonic_ns, chorus_.clock.realtime_of(verdict.monotonic_ns))) return false;
    return selects(options_.selection, verdict);
}

bool Voice::was_told(const model::Verdict& verdict) {
    if (verdict.cause != model::Cause::kOrderly || !verdict.joined || !verdict.connection) return false;
    if (chorus_.ends.contains({verdict.joined->host, verdict.joined->id})) return true;
    chorus_.ends.emplace(place_.host, verdict.connection->id);
    return false;
}

void Voice::verdict(model::Verdict&& verdict) {
    if (options_.errors_only && verdict.cause == model::Cause::kOrderly) return;
    if (!matches(verdict)) return chorus_.passed_over.count(verdict);
    if ((place_.count && tally_.told() >= *place_.count) || was_told(verdict)) return;
    tally_.count(verdict);
    if (place_.name_host) verdict.host = place_.host;
    teller_.verdict(std::move(verdict));
}

void Voice::lost(const model::LostEvents& lost) {
    model::LostEvents here = lost;
    if (place_.name_host) here.host = place_.host;
    teller_.lost(here);
}

void Voice::clock_set(const model::ClockSet& set) {
    if (!place_.sets_clock) return;
    chorus_.clock.set(set);
    teller_.clock_set(set);
}

} // namespace tcpblame::cli
