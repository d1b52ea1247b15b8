#include "cli/voice.hpp"

#include "cli/selects.hpp"

#include <utility>

namespace tcpblame::cli {

bool Voice::is_asked_for(const model::Verdict& verdict) const {
    if (options_.errors_only && verdict.cause == model::Cause::kOrderly) return false;
    if (verdict.monotonic_ns < span_.since_ns || verdict.monotonic_ns > span_.until_ns) return false;
    return selects(options_.selection, verdict);
}

bool Voice::was_told(const model::Verdict& verdict) {
    if (verdict.cause != model::Cause::kOrderly || !verdict.joined || !verdict.connection) return false;
    if (ends_.contains({verdict.joined->host, verdict.joined->id})) return true;
    ends_.emplace(place_.host, verdict.connection->id);
    return false;
}

void Voice::verdict(model::Verdict&& verdict) {
    if (!is_asked_for(verdict) || (place_.count && tally_.told() >= *place_.count) || was_told(verdict)) return;
    tally_.count(verdict);
    if (place_.name_host) verdict.host = place_.host;
    teller_.verdict(std::move(verdict));
}

void Voice::lost(const model::LostEvents& lost) {
    model::LostEvents here = lost;
    if (place_.name_host) here.host = place_.host;
    teller_.lost(here);
}

} // namespace tcpblame::cli
