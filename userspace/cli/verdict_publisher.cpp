#include "cli/verdict_publisher.hpp"

namespace tcpblame::cli {

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
