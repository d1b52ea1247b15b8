#include "cli/tally.hpp"

namespace tcpblame::cli {

void Tally::count(const model::Verdict& verdict) {
    const auto cause = static_cast<std::size_t>(verdict.cause);
    if (verdict.kind == model::VerdictKind::kFailedWrite) {
        ++end_.verdicts;
        ++end_.verdicts_by_cause.at(cause);
        ++reported_;
        return;
    }
    ++end_.teardowns;
    ++end_.teardowns_by_cause.at(cause);
    if (verdict.write_failed)
        ++end_.reported_by_writes.at(cause);
    else
        ++reported_;
}

model::RunEnd Tally::end(model::RunEndReason reason, std::uint64_t monotonic_ns,
                         std::optional<model::EventCounters> events) const {
    model::RunEnd end = end_;
    end.reason = reason;
    end.monotonic_ns = monotonic_ns;
    end.events = events;
    return end;
}

} // namespace tcpblame::cli
