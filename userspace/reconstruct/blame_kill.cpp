#include "reconstruct/blame.hpp"

#include <algorithm>
#include <utility>

namespace tcpblame::reconstruct {
namespace {

using namespace model;

const Kills* kills_of_peer(const Case& broken) { return broken.far != nullptr ? broken.far->kills : broken.kills; }

Process process_of_ancestor(const Ancestor& ancestor) {
    Process process;
    process.pid = ancestor.pid;
    process.name = ancestor.name;
    return process;
}

void add_sender(Reason& reason, const SignalSent& sent, Blame& blame, const Case& broken) {
    reason.origin = sent.origin;
    if (sent.sender && !sent.sender->kernel_thread) {
        reason.sender = process_of(*sent.sender);
        reason.sender->host = host_of_peer(broken);
        for (const Ancestor& ancestor : sent.ancestors) reason.ancestors.push_back(process_of_ancestor(ancestor));
    }
    if (sent.origin == SignalOrigin::kFault) reason.address = sent.address;
    cite_peer(reason, blame, broken, sent.stamp);
}

/// Its exit code says that a signal ended it, and which; the event, where there is one, who sent that: false where
/// there is none.
bool complete(Reason& reason, std::uint64_t died_ns, Blame& blame, const Case& broken) {
    const Kills& kills = *kills_of_peer(broken);
    const SignalSent* sent = kills.that_killed(reason.process->pid, reason.process->name, reason.signal, died_ns);
    if (sent == nullptr) return false;
    add_sender(reason, *sent, blame, broken);
    const OomKilled* oom = kills.oom(*sent);
    if (oom == nullptr) return true;
    reason.code = ReasonCode::kOomKilled;
    reason.memory = sent->memory;
    cite_peer(reason, blame, broken, oom->stamp);
    return true;
}

Reason killed(const PeerAct& act, Confidence confidence) {
    Reason made;
    made.code = ReasonCode::kKilled;
    made.confidence = confidence;
    made.at_ns = act.at_ns;
    made.process = act.process;
    made.signal = act.signal;
    return made;
}

/// That it was asked is seen; that it closed for this, and not at that moment by chance, is not.
Reason asked_to_stop(const PeerAct& act, const SignalSent& sent, Blame& blame, const Case& broken) {
    Reason made;
    made.code = ReasonCode::kAskedToStop;
    made.confidence = Confidence::kInferred;
    made.at_ns = static_cast<std::int64_t>(sent.stamp.time_ns);
    made.process = act.process;
    made.signal = sent.signal;
    add_sender(made, sent, blame, broken);
    return made;
}

bool closes(Act act) {
    return act == Act::kClose || act == Act::kShutdown || act == Act::kExit || act == Act::kDisconnect ||
           act == Act::kListenerClosed;
}

bool is_death(const Reason& reason) { return reason.code == ReasonCode::kKilled && reason.process.has_value(); }

} // namespace

void add_reasons_of_end(Blame& blame, const Case& broken) {
    const Kills* kills = kills_of_peer(broken);
    if (kills == nullptr) return;
    for (Reason& reason : blame.why)
        if (is_death(reason)) complete(reason, static_cast<std::uint64_t>(reason.at_ns.value_or(0)), blame, broken);
    if (!blame.peer_act || blame.peer_act->process.pid == 0) return;
    const PeerAct& act = *blame.peer_act;
    const auto at_ns = static_cast<std::uint64_t>(act.at_ns);
    if (act.act == Act::kKilled && std::none_of(blame.why.begin(), blame.why.end(), is_death)) {
        Reason made = killed(act, blame.confidence);
        // That it was killed stands in its act already.
        if (complete(made, at_ns, blame, broken)) blame.why.push_back(std::move(made));
    } else if (closes(act.act)) {
        const SignalSent* sent = kills->that_asked(act.process.pid, act.process.name, at_ns);
        if (sent != nullptr) blame.why.push_back(asked_to_stop(act, *sent, blame, broken));
    }
}

} // namespace tcpblame::reconstruct
