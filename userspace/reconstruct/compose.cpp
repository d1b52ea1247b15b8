#include "reconstruct/compose.hpp"

#include "model/ns_between.hpp"
#include "reconstruct/peer_act.hpp"
#include "reconstruct/reset_match.hpp"
#include "reconstruct/timeline.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace tcpblame::reconstruct {
namespace {

using namespace model;

/// When the connection ended, by the first sign of it.
std::uint64_t moment_of_break(const Case& broken) {
    const Endpoint& us = *broken.us;
    if (broken.quiet_end != QuietEnd::kNone) return us.ending().fin_received->stamp.time_ns;
    if (us.ending().reset_received) return us.ending().reset_received->stamp.time_ns;
    return us.ending().closed ? us.ending().closed->stamp.time_ns : us.last_seen_ns;
}

/// What came of the break itself: the frames alone say which event that is, whatever is asked of them.
EventId event_of(const Case& broken) {
    if (broken.write != nullptr)
        return (broken.write->send ? broken.write->send->stamp : broken.write->sigpipe->stamp).id;
    const Ending& ending = broken.us->ending();
    if (broken.quiet_end != QuietEnd::kNone) return ending.fin_received->stamp.id;
    if (ending.reset_received) return ending.reset_received->stamp.id;
    if (ending.closed) return ending.closed->stamp.id;
    return ending.destroyed ? ending.destroyed->id : EventId{};
}

bool a_write_failed(const Endpoint& us) {
    const auto& taken = us.ending().errors_taken;
    return std::any_of(taken.begin(), taken.end(), [](const TakenError& one) { return one.by_write; });
}

/// The first milestone that the verdict speaks of: what was lost since may change it.
std::uint64_t speaks_since(const Case& broken, std::uint64_t moment_ns) {
    std::uint64_t since = moment_ns;
    const auto consider = [&since](const auto& mark) {
        if (mark) since = std::min(since, mark->stamp.time_ns);
    };
    for (const Endpoint* end : {broken.us, broken.peer}) {
        if (end == nullptr) continue;
        consider(end->ending().fin_received);
        consider(end->ending().fin_sent);
        consider(end->ending().reset_received);
        consider(end->ending().reset_sent);
        consider(end->ending().closed);
    }
    // The RST that came was sent before, by whoever it was: that nobody was seen to send it, or who was, is claimed
    // too.
    constexpr std::uint64_t kOnItsWayNs = 1'000'000'000;
    if (broken.us != nullptr && broken.us->ending().reset_received) since -= std::min(since, kOnItsWayNs);
    return since;
}

void name_subject(Verdict& verdict, const Case& broken, const Processes& processes) {
    if (broken.write != nullptr) {
        verdict.process.emplace(processes.describe(broken.write->actor));
    } else if (broken.us->owner) {
        Actor owner;
        owner.pid = broken.us->owner->pid;
        owner.own_pid = broken.us->owner->own_pid;
        owner.name = broken.us->owner->name;
        verdict.process.emplace(processes.describe(owner)).fd = broken.us->owner->fd;
    }
}

/// What the descriptor names by now is another file than the one that failed.
bool names_another_file(const BrokenWrite& write) { return !write.send && write.call.file_state == FileState::kWhole; }

FailedWrite failed_write(const BrokenWrite& write) {
    return {.syscall = std::string(name_of(write.actor.syscall)),
            .fd = write.call.fd,
            .bytes = write.call.bytes,
            .error = write.error,
            .file = names_another_file(write) ? FileKind::kUnknown : write.call.file};
}

std::optional<ConnectionFacts> connection_of(const Case& broken) {
    if (broken.us != nullptr) return facts_of(*broken.us);
    if (broken.write->is_sent_signal() || names_another_file(*broken.write)) return std::nullopt;
    const SocketView& socket = broken.write->socket();
    if (socket.tuple.local.family == Family::kNone) return std::nullopt;
    return ConnectionFacts{id_of(socket.cookie), socket.tuple, socket.netns, socket.opened_by};
}

ByteCounts bytes_of(const Case& broken) {
    const Endpoint* us = broken.us;
    if (us == nullptr || !us->has_progress) return {};
    const Progress& progress = us->ending().closed ? us->ending().closed->progress : us->progress;
    const std::uint64_t unread_by_peer = broken.peer != nullptr ? unread_at_abort(*broken.peer) : 0;
    return {.unacknowledged = unacknowledged(*us, progress),
            .unread = unread(*us, progress),
            .sent = payload_sent(*us, progress),
            .received = payload_received(*us, progress),
            .unread_by_peer = unread_by_peer > 0 ? std::optional(unread_by_peer) : std::nullopt};
}

OpenedBy closed_first(const Case& broken) {
    const Endpoint* us = broken.us;
    if (us == nullptr || (!us->ending().fin_sent && !us->peer_has_closed())) return OpenedBy::kUnknown;
    if (!us->ending().fin_sent) return OpenedBy::kPeer;
    if (!us->peer_has_closed()) return OpenedBy::kUs;
    return us->ending().fin_received && us->ending().fin_sent->stamp.time_ns < us->ending().fin_received->stamp.time_ns
               ? OpenedBy::kUs
               : OpenedBy::kPeer;
}

std::vector<StateSpan> states_of(const Endpoint& us) {
    std::vector<StateSpan> spans;
    std::uint64_t since = us.opened_ns;
    TcpState state = TcpState::kEstablished;
    for (std::size_t i = 0; i < us.transition_count(); ++i) {
        const Transition transition = us.transition(i);
        if (since != 0 && transition.time_ns >= since)
            spans.push_back({std::string(name_of(state)), transition.time_ns - since});
        since = transition.time_ns;
        state = transition.to;
    }
    return spans;
}

std::uint64_t lost_between(const Case& broken, const Losses& losses, std::uint64_t from_ns, std::uint64_t to_ns) {
    const std::uint64_t lost = losses.between(from_ns, to_ns);
    return broken.far != nullptr ? lost + broken.far->losses->between(from_ns, to_ns) : lost;
}

/// What is known of a process besides, on whichever host it is.
void complete_peer(Process& process, const Case& broken, const Processes& processes) {
    if (broken.far == nullptr && process.host.empty()) return processes.complete(process);
    if (broken.far == nullptr || process.host != broken.far->end.host()) return;
    const auto& known = broken.far->processes;
    const auto found =
        std::find_if(known.begin(), known.end(), [&process](const Process& one) { return one.pid == process.pid; });
    if (found == known.end()) return;
    process.exe = found->exe;
    process.cgroup = found->cgroup;
    process.names = found->names;
}

void complete_reason(Reason& reason, std::uint64_t moment_ns, const Case& broken, const Processes& processes) {
    if (reason.at_ns) reason.at_ns = ns_between(moment_ns, static_cast<std::uint64_t>(*reason.at_ns));
    if (reason.process) complete_peer(*reason.process, broken, processes);
    if (reason.sender) complete_peer(*reason.sender, broken, processes);
    if (!reason.peer) return;
    complete_peer(reason.peer->process, broken, processes);
    reason.peer->at_ns = ns_between(moment_ns, static_cast<std::uint64_t>(reason.peer->at_ns));
}

JoinedEnd joined_end(const RemotePeer& far, std::vector<EventId> evidence) {
    return {far.host, id_of(far.end.cookie), std::move(evidence)};
}

/// Of the RST that came, or of the one by which our own socket ended the connection.
ResetReason reset_reason_of(const Case& broken) {
    if (broken.us == nullptr || broken.quiet_end != QuietEnd::kNone) return ResetReason::kUnknown;
    if (const SentReset* sent = reset_that_came(broken)) return sent->reason;
    const Ending& ending = broken.us->ending();
    return !ending.reset_received && sent_abort(*broken.us) ? ending.reset_sent->reason : ResetReason::kUnknown;
}

/// A claim that rests on all that was seen does not hold as it is where not all was seen.
Confidence lowered(Confidence confidence) {
    return confidence == Confidence::kObserved ? Confidence::kInferred : confidence;
}

} // namespace

Verdict compose(const Case& broken, Blame blame, const Processes& processes, const Losses& losses,
                ComposeOptions options) {
    Verdict verdict;
    verdict.kind = broken.write != nullptr ? VerdictKind::kFailedWrite : VerdictKind::kTeardown;
    verdict.monotonic_ns = broken.write != nullptr ? broken.write->time_ns : moment_of_break(broken);
    verdict.lost_events =
        lost_between(broken, losses, speaks_since(broken, verdict.monotonic_ns), verdict.monotonic_ns);
    verdict.cause = blame.cause;
    verdict.rule = blame.rule;
    verdict.confidence = verdict.lost_events > 0 ? lowered(blame.confidence) : blame.confidence;
    verdict.modifiers = std::move(blame.modifiers);
    verdict.circumstances = std::move(blame.circumstances);
    verdict.write_failed = broken.write != nullptr || a_write_failed(*broken.us);
    verdict.event = event_of(broken);
    name_subject(verdict, broken, processes);
    verdict.connection = connection_of(broken);
    if (broken.us != nullptr && broken.peer != nullptr && are_translated(*broken.us, *broken.peer))
        verdict.translated = facts_of(*broken.peer);
    verdict.bytes = bytes_of(broken);
    verdict.timeline = timeline_of(broken, verdict.monotonic_ns);
    verdict.evidence = std::move(blame.evidence);
    if (broken.far != nullptr) verdict.joined = joined_end(*broken.far, std::move(blame.far_evidence));
    verdict.timeout = blame.timeout;
    verdict.killed_by = std::move(blame.killed_by);
    verdict.sender = std::move(blame.sender);
    verdict.reset_origin = blame.reset_origin;
    if (broken.us != nullptr && broken.us->ending().reset_packet)
        verdict.reset_packet = *broken.us->ending().reset_packet;
    verdict.reset_reason = reset_reason_of(broken);
    verdict.icmp = blame.icmp;
    if (broken.write != nullptr && broken.write->is_sent_signal())
        verdict.signal_origin = broken.write->sigpipe->origin;
    for (Reason& reason : blame.why) {
        complete_reason(reason, verdict.monotonic_ns, broken, processes);
        reason.confidence = verdict.lost_events > 0 ? lowered(reason.confidence) : reason.confidence;
    }
    verdict.why = std::move(blame.why);
    verdict.closed_first = closed_first(broken);
    if (verdict.kind == VerdictKind::kTeardown && options.with_states) verdict.states = states_of(*broken.us);
    if (blame.peer_act) {
        verdict.peer = std::move(blame.peer_act);
        complete_peer(verdict.peer->process, broken, processes);
        if (broken.far == nullptr)
            processes.name_modules(verdict.peer->process.pid, verdict.peer->process.name, verdict.peer->stack);
        verdict.peer->at_ns = ns_between(verdict.monotonic_ns, static_cast<std::uint64_t>(verdict.peer->at_ns));
    }
    if (broken.write != nullptr) {
        if (!broken.write->is_sent_signal()) verdict.write = failed_write(*broken.write);
        verdict.disposition = broken.write->disposition();
        verdict.stack = broken.write->stack.frames();
        processes.name_modules(broken.write->actor.pid, broken.write->actor.name, verdict.stack);
    }
    return verdict;
}

} // namespace tcpblame::reconstruct
