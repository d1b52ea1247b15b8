#include "cli/output/tally.hpp"

namespace tcpblame::cli {

void Tally::count(const model::Verdict& verdict) {
    idle_closes_.count(verdict);
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
    end.idle_closers = idle_closes_.found();
    return end;
}

void name_stacks(model::Verdict& verdict, const StackNamer& namer) {
    if (verdict.process && !verdict.stack.empty()) namer(verdict.process->pid, verdict.stack);
    // The files of another host are not at hand, nor is its stack in the same recording.
    if (verdict.peer && !verdict.joined && !verdict.peer->stack.empty())
        namer(verdict.peer->process.pid, verdict.peer->stack);
}

void VerdictPublisher::verdict(model::Verdict&& verdict) {
    if (has_reported_enough()) return;
    tally_.count(verdict);
    if (namer_) name_stacks(verdict, namer_);
    output_.verdict(verdict);
}

void VerdictPublisher::lost(const model::LostEvents& lost) {
    tally_.count(lost);
    output_.lost(lost);
}

} // namespace tcpblame::cli
