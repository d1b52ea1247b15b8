#include "render/reasons.hpp"

#include "model/names.hpp"
#include "render/quantity.hpp"

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
        return fmt::format("{} was killed by {}", process_words(reason, "the peer's process"),
                           model::signal_name(reason.signal));
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
