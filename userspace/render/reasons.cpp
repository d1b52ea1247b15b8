#include "render/reasons.hpp"

#include "model/names.hpp"
#include "render/quantity.hpp"

#include <csignal>
#include <fmt/format.h>

namespace tcpblame::render {
namespace {

std::string process_words(const model::Reason& reason, const char* otherwise) {
    if (!reason.process || reason.process->pid == 0) return otherwise;
    const model::Process& process = *reason.process;
    return fmt::format("{} (pid {}){}{}", process.name, process.pid, process.host.empty() ? "" : " on ", process.host);
}

std::string unread_words(const model::Reason& reason) {
    return reason.bytes && *reason.bytes > 0 ? fmt::format(", with {} unread", byte_count(*reason.bytes)) : "";
}

std::string sender_words(const model::Process& sender, const std::vector<model::Process>& ancestors) {
    constexpr std::size_t kShown = 4;
    const auto words_of = [](const model::Process& one) {
        return one.pid != 0 ? fmt::format("{}[{}]", one.name, one.pid) : one.name;
    };
    std::string words = words_of(sender);
    std::size_t shown = 0;
    for (std::size_t at = 0; at < ancestors.size() && shown < kShown; ++at) {
        // Of shells that called shells the outermost stands for all.
        if (at + 1 < ancestors.size() && ancestors[at + 1].name == ancestors[at].name) continue;
        words += " ◂ " + words_of(ancestors[at]);
        ++shown;
    }
    return words;
}

/// From whom the signal came; empty where that was not seen.
std::string origin_words(const model::Reason& reason) {
    const std::string sender = reason.sender ? sender_words(*reason.sender, reason.ancestors) : std::string();
    switch (reason.origin) {
    case model::SignalOrigin::kProcess: return sender.empty() ? "by a process that is not known" : "by " + sender;
    case model::SignalOrigin::kCgroup:
        return sender.empty() ? "by cgroup.kill" : "by cgroup.kill, which " + sender + " wrote to";
    case model::SignalOrigin::kParent:
        return (sender.empty() ? "its parent" : sender) +
               " ended, and it had asked for that signal then (PR_SET_PDEATHSIG)";
    case model::SignalOrigin::kPidNamespace:
        return "the first process of its pid namespace ended" + (sender.empty() ? "" : ": " + sender);
    case model::SignalOrigin::kTerminal:
        return reason.signal == SIGHUP ? "its terminal went away" : "by its terminal's keys";
    case model::SignalOrigin::kFault:
        return reason.address ? fmt::format("its own instruction drew it, at address {:#x}", *reason.address)
                              : "its own instruction drew it";
    case model::SignalOrigin::kTimer: return "by a timer of its own";
    case model::SignalOrigin::kWrite: return "its own write had failed";
    case model::SignalOrigin::kKernel: return "by the kernel";
    case model::SignalOrigin::kUnknown: break;
    }
    return {};
}

std::string oom_words(const model::Reason& reason) {
    if (!reason.memory)
        return "by the OOM killer; no memory cgroup of it was at its limit: the machine's memory ran out";
    return fmt::format("by the OOM killer: memory cgroup {} had {} of {}",
                       reason.memory->cgroup.empty() ? "/" : reason.memory->cgroup, byte_count(reason.memory->used),
                       byte_count(reason.memory->limit));
}

std::string with(std::string act, const std::string& origin) { return origin.empty() ? act : act + ": " + origin; }

std::string queue_words(const model::Reason& reason) {
    if (!reason.queue) return "the listener's queue was full";
    return fmt::format("the listener's queue was too short: {} of {} (its backlog) waited to be accepted when the RST "
                       "was sent, and {} had been dropped since it listens",
                       grouped(reason.queue->length), grouped(reason.queue->limit),
                       counted(reason.queue->dropped, "segment"));
}

} // namespace

std::string reason_words(const model::Reason& reason) {
    switch (reason.code) {
    case model::ReasonCode::kKilled:
        return with(fmt::format("{} was killed by {}", process_words(reason, "the peer's process"),
                                model::signal_name(reason.signal)),
                    origin_words(reason));
    case model::ReasonCode::kOomKilled:
        return with(fmt::format("{} was killed by {}", process_words(reason, "the peer's process"),
                                model::signal_name(reason.signal)),
                    oom_words(reason));
    case model::ReasonCode::kAskedToStop:
        return with(fmt::format("{} had been sent {}", process_words(reason, "the peer's process"),
                                model::signal_name(reason.signal)),
                    origin_words(reason));
    case model::ReasonCode::kExited:
        return fmt::format("{} exited with status {}", process_words(reason, "the peer's process"), reason.exit_status);
    case model::ReasonCode::kCrossed:
        return fmt::format("{} were written before the peer's FIN came, and met a closed socket",
                           byte_count(reason.bytes.value_or(0)));
    case model::ReasonCode::kWindowClosed:
        return fmt::format("the peer's window was closed: its host answered, and {} did not read{}",
                           process_words(reason, "its program"), unread_words(reason));
    case model::ReasonCode::kNoRoute: return "no packet left this host: it had no route to the peer";
    case model::ReasonCode::kFilteredHere:
        if (!reason.bytes) return "no packet left this host, though it had a route: its own firewall dropped them";
        return fmt::format("the other end, on this host, had {} that this end never heard were received: the answers "
                           "were dropped on their way",
                           byte_count(reason.bytes.value_or(0)));
    case model::ReasonCode::kQueueFull: return queue_words(reason);
    case model::ReasonCode::kAddressMoved:
        return "the other end's socket lives on in another network namespace than the one that answers at its address "
               "now";
    }
    return {};
}

} // namespace tcpblame::render
