#include "cli/teller.hpp"

namespace tcpblame::cli {

void Teller::verdict(const model::Verdict& verdict) {
    if (has_told_enough()) return;
    tally_.count(verdict);
    model::Verdict named = verdict;
    if (named.process && !named.stack.empty()) namer_(named.process->pid, named.stack);
    if (named.peer && !named.peer->stack.empty()) namer_(named.peer->process.pid, named.peer->stack);
    output_.verdict(named);
}

void Teller::lost(const model::LostEvents& lost) {
    tally_.count(lost);
    output_.lost(lost);
}

} // namespace tcpblame::cli
