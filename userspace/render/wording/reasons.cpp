#include "render/wording/reasons.hpp"

#include "model/address_text.hpp"
#include "model/names.hpp"
#include "render/quantity.hpp"
#include "render/wording/deeds.hpp"
#include "render/wording/idle_limits.hpp"

namespace tcpblame::render {
namespace {

void add_process(Words& words, const model::Reason& reason, std::string_view otherwise) {
    if (reason.process && reason.process->pid != 0)
        add_name(words, *reason.process);
    else
        words.add(otherwise);
}

void add_reader(Words& words, const model::Reason& reason) {
    words.add("the peer's window was closed: its host answered, and ");
    add_process(words, reason, "its program");
    words.add(" did not read");
    if (reason.bytes && *reason.bytes > 0) words.add(", with ", byte_count(*reason.bytes), " unread");
}

void add_filter(Words& words, const model::Reason& reason) {
    if (reason.bytes == std::uint64_t{0})
        words.add("the other end lives on, on this host, and got nothing of what this end sent: it was dropped on its "
                  "way");
    else if (reason.bytes)
        words.add("the other end, on this host, had ", byte_count(*reason.bytes),
                  " that this end never heard were received: the answers were dropped on their way");
    else
        words.add("no packet left this host, though it had a route: its own firewall dropped them");
}

void add_queue(Words& words, const model::Reason& reason) {
    words.add("the queue of the listener");
    if (reason.process && reason.process->pid != 0) {
        words.add(" that ");
        add_name(words, *reason.process);
        words.add(" had opened");
    }
    if (!reason.queue) {
        words.add(" was full");
        return;
    }
    words.add(" was too short: ", grouped(reason.queue->length), " of ", grouped(reason.queue->limit),
              " (its backlog) waited to be accepted when the RST was sent, and ",
              counted(reason.queue->dropped, "segment"), " had been dropped since it listens");
}

void add_task(Words& words, const model::Process& process) {
    words.add(process.name);
    if (process.pid != 0) words.add("[", process.pid, "]");
}

/// "timeout[99] ◂ bash[77] ◂ sshd[1]". Of shells that called shells the outermost stands for all.
void add_sender(Words& words, const model::Reason& reason) {
    constexpr std::size_t kShown = 4;
    add_task(words, *reason.sender);
    std::size_t shown = 0;
    for (std::size_t at = 0; at < reason.ancestors.size() && shown < kShown; ++at) {
        if (at + 1 < reason.ancestors.size() && reason.ancestors[at + 1].name == reason.ancestors[at].name) continue;
        words.add(" ◂ ");
        add_task(words, reason.ancestors[at]);
        ++shown;
    }
}

void add_sender_or(Words& words, const model::Reason& reason, std::string_view otherwise) {
    if (reason.sender)
        add_sender(words, reason);
    else
        words.add(otherwise);
}

/// From whom the signal came; nothing where that was not seen.
void add_origin(Words& words, const model::Reason& reason) {
    switch (reason.origin) {
    case model::SignalOrigin::kProcess:
        words.add(", by ");
        return add_sender_or(words, reason, "a process of which nothing is known");
    case model::SignalOrigin::kCgroup:
        words.add(", by cgroup.kill, written by ");
        return add_sender_or(words, reason, "a process of which nothing is known");
    case model::SignalOrigin::kParent:
        words.add(", for ");
        add_sender_or(words, reason, "its parent");
        words.add(" ended (PR_SET_PDEATHSIG)");
        return;
    case model::SignalOrigin::kPidNamespace:
        words.add(", for the first process of its pid namespace ended");
        if (reason.sender) words.add(": ");
        return add_sender_or(words, reason, "");
    case model::SignalOrigin::kTerminal:
        words.add(model::signal_name(reason.signal) == "SIGHUP"
                      ? ", for its terminal, or the leader of its session, went away"
                      : ", by its terminal's keys");
        return;
    case model::SignalOrigin::kFault:
        words.add(", drawn by an instruction of its own");
        if (reason.address && *reason.address != 0) words.add(fmt::format(" (address {:#x})", *reason.address));
        return;
    case model::SignalOrigin::kTimer: words.add(", by a timer of its own"); return;
    case model::SignalOrigin::kWrite: words.add(", for its own write had failed"); return;
    case model::SignalOrigin::kKernel: words.add(", by the kernel"); return;
    case model::SignalOrigin::kUnknown: return;
    }
}

void add_oom(Words& words, const model::Reason& reason) {
    if (!reason.memory) {
        words.add(", by the OOM killer; no memory cgroup of it was seen at its limit");
        return;
    }
    words.add(", by the OOM killer: memory cgroup ", reason.memory->cgroup.empty() ? "/" : reason.memory->cgroup,
              " had ", byte_count(reason.memory->used), " of ", byte_count(reason.memory->limit));
}

void add_kill(Words& words, const model::Reason& reason) {
    add_process(words, reason, "the peer's process");
    words.add(reason.code == model::ReasonCode::kAskedToStop ? " had been sent " : " was killed by ",
              model::signal_name(reason.signal));
    if (reason.code == model::ReasonCode::kOomKilled)
        add_oom(words, reason);
    else
        add_origin(words, reason);
}

void add_idle(Words& words, const model::Reason& reason) {
    const std::uint64_t lasted_ns = reason.lasted_ns.value_or(0);
    words.add("nobody had sent data for ", duration(lasted_ns), " when ");
    add_process(words, reason, "the peer");
    words.add(" closed, as by an idle timer");
    add_known_limits(words, lasted_ns);
}

void add_unanswered(Words& words, const model::Reason& reason) {
    add_process(words, reason, "the peer");
    words.add(" sent nothing after what it was sent last, ", duration(reason.lasted_ns.value_or(0)),
              " before it closed");
}

void add_firewall(Words& words, const model::Reason& reason) {
    if (reason.by_reset)
        words.add("both ends are on this host: a firewall here that rejects with a RST would do so");
    else
        words.add(
            "a host answers what belongs to no socket with a RST: a firewall or a balancer sends such an ICMP error");
}

void add_state_lost(Words& words, const model::Reason& reason) {
    words.add("the other end lives on behind a translation, and what we sent was answered before it, untranslated: its "
              "entry (conntrack) had expired or was lost, or the packet was invalid to it");
    if (reason.lasted_ns) words.add("; nobody had sent data for ", duration(*reason.lasted_ns));
}

void add_passed_on(Words& words, const model::Reason& reason) {
    add_process(words, reason, "the peer");
    words.add(" closed it ", duration(reason.lasted_ns.value_or(0)), " after its other connection");
    if (reason.connection) {
        words.add(reason.connection->opened_by == model::OpenedBy::kPeer ? ", from " : ", to ");
        words.add(model::AddressText(reason.connection->tuple.remote).view(), ",");
    }
    words.add(reason.by_reset ? " had ended by a RST" : " had ended");
    if (!reason.peer || reason.peer->process.name.empty()) return;
    words.add(": ");
    add_name(words, reason.peer->process);
    words.add(" ");
    add_deed(words, *reason.peer);
}

} // namespace

void add_reason(Words& words, const model::Reason& reason) {
    switch (reason.code) {
    case model::ReasonCode::kKilled:
    case model::ReasonCode::kOomKilled:
    case model::ReasonCode::kAskedToStop: add_kill(words, reason); return;
    case model::ReasonCode::kIdle: add_idle(words, reason); return;
    case model::ReasonCode::kUnanswered: add_unanswered(words, reason); return;
    case model::ReasonCode::kPassedOn: add_passed_on(words, reason); return;
    case model::ReasonCode::kStateLost: add_state_lost(words, reason); return;
    case model::ReasonCode::kFirewall: add_firewall(words, reason); return;
    case model::ReasonCode::kExited:
        add_process(words, reason, "the peer's process");
        words.add(" exited with status ", reason.exit_status);
        return;
    case model::ReasonCode::kCrossed:
        words.add(byte_count(reason.bytes.value_or(0)),
                  " were written before the peer's FIN came, and met a closed socket");
        return;
    case model::ReasonCode::kWindowClosed: add_reader(words, reason); return;
    case model::ReasonCode::kNoRoute: words.add("no packet left this host: it had no route to the peer"); return;
    case model::ReasonCode::kFilteredHere: add_filter(words, reason); return;
    case model::ReasonCode::kQueueFull: add_queue(words, reason); return;
    case model::ReasonCode::kAddressMoved:
        words.add("the other end's socket lives on in another network namespace than the one that answers at its "
                  "address now");
        return;
    }
}

std::string_view meaning_of(model::ReasonCode reason) {
    using model::ReasonCode;
    switch (reason) {
    case ReasonCode::kKilled: return "the peer's process was killed: by which signal, and by whom";
    case ReasonCode::kOomKilled:
        return "the OOM killer chose the peer's process, with the memory cgroup that was seen at its limit";
    case ReasonCode::kAskedToStop:
        return "the peer's process had been sent SIGTERM, SIGINT, SIGHUP or SIGQUIT at most a minute before it closed";
    case ReasonCode::kExited: return "the peer's process ended by itself, and its end was not heard of here";
    case ReasonCode::kCrossed:
        return "what was written and the peer's close crossed on their way: nobody ignored anything";
    case ReasonCode::kWindowClosed: return "the peer's host answered, and its program did not read";
    case ReasonCode::kNoRoute: return "this host could send nothing: it had no route to the peer";
    case ReasonCode::kFilteredHere: return "a filter of this host dropped what went out, or the answers that came in";
    case ReasonCode::kQueueFull: return "the listener's queue was full: its length, its backlog, what it had dropped";
    case ReasonCode::kAddressMoved: return "another host or network namespace answers at the peer's address now";
    case ReasonCode::kIdle:
        return "nobody had sent data for as long as an idle timer waits; and whose timers are known to wait so long";
    case ReasonCode::kUnanswered:
        return "the peer closed, and had sent nothing after what it was sent last: how long that was before";
    case ReasonCode::kPassedOn: return "the peer is a proxy: its other connection had ended just before, and by whom";
    case ReasonCode::kStateLost:
        return "a translation between the two ends (NAT) knew of the connection no more: what was sent went on "
               "untranslated";
    case ReasonCode::kFirewall: return "a firewall or a balancer turned the packets away, with a RST or an ICMP error";
    }
    return {};
}

std::string idle_closer_words(const model::IdleCloser& closer) {
    Words words;
    words.add(grouped(closer.idle), " of ", counted(closer.closed, "connection"), " that ", closer.closer,
              " closed had been idle for ", duration(closer.shortest_ns));
    if (const std::string longest = duration(closer.longest_ns); longest != duration(closer.shortest_ns))
        words.add(" to ", longest);
    add_known_limits(words, closer.shortest_ns);
    return words.str();
}

std::string reason_words(const model::Reason& reason) {
    Words words;
    add_reason(words, reason);
    return words.str();
}

} // namespace tcpblame::render
