#include "render/wording/rungs.hpp"

#include "model/names.hpp"
#include "render/quantity.hpp"

#include <cstdint>

namespace tcpblame::render {
namespace {

/// Of several failed writes the verdict is about the last.
bool is_the_write(const model::TimelineEntry& entry, const model::Verdict& verdict) {
    return entry.event == model::TimelineEvent::kWriteFailed && entry.at_ns == 0 && verdict.write;
}

std::string consequence(int error, model::Disposition disposition) {
    std::string name = error > 0 ? model::errno_name(error) : std::string{"failed"};
    switch (disposition) {
    case model::Disposition::kNone: return name;
    case model::Disposition::kKilled: return name + " and SIGPIPE, default action";
    case model::Disposition::kHandled: return name + " and SIGPIPE, handled";
    case model::Disposition::kIgnored: return name + "; SIGPIPE is ignored";
    case model::Disposition::kBlocked: return name + "; SIGPIPE is blocked, and pending";
    case model::Disposition::kSuppressed: return name + "; MSG_NOSIGNAL, so no SIGPIPE";
    }
    return name;
}

/// The write failed.
std::string failure(const model::TimelineEntry& entry, const model::Verdict& verdict) {
    const bool ours = is_the_write(entry, verdict);
    const int error = entry.error == 0 && ours ? verdict.write->error : entry.error;
    return consequence(error, ours ? verdict.disposition : model::Disposition::kNone);
}

} // namespace

std::string rung_state(const model::TimelineEntry& entry, const model::Verdict& verdict) {
    if (entry.event != model::TimelineEvent::kWriteFailed) return entry.state;
    const bool known = is_the_write(entry, verdict) && !verdict.write->syscall.empty();
    std::string words = known ? verdict.write->syscall : std::string{"write"};
    auto bytes = entry.bytes;
    if (!bytes && is_the_write(entry, verdict)) bytes = verdict.write->bytes;
    if (bytes) words += " " + byte_count(*bytes);
    return words;
}

std::string rung_event(const model::TimelineEntry& entry, const model::Verdict& verdict) {
    switch (entry.event) {
    case model::TimelineEvent::kFinReceived:
    case model::TimelineEvent::kFinSent: return "FIN";
    case model::TimelineEvent::kRstReceived:
    case model::TimelineEvent::kRstSent: return "RST";
    case model::TimelineEvent::kWritten: return entry.bytes ? byte_count(*entry.bytes) : "data";
    case model::TimelineEvent::kClosed: return "closed";
    case model::TimelineEvent::kErrorTaken:
        return (entry.error > 0 ? model::errno_name(entry.error) : std::string{"error"}) + " taken";
    case model::TimelineEvent::kWriteFailed: return failure(entry, verdict);
    }
    return {};
}

} // namespace tcpblame::render
