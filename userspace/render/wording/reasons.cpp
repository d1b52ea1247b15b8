#include "render/wording/reasons.hpp"

#include "model/names.hpp"
#include "render/quantity.hpp"
#include "render/wording/deeds.hpp"

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
    if (reason.bytes)
        words.add("the other end, on this host, had ", byte_count(*reason.bytes),
                  " that this end never heard were received: the answers were dropped on their way");
    else
        words.add("no packet left this host, though it had a route: its own firewall dropped them");
}

void add_queue(Words& words, const model::Reason& reason) {
    if (!reason.queue) {
        words.add("the listener's queue was full");
        return;
    }
    words.add("the listener's queue was too short: ", grouped(reason.queue->length), " of ",
              grouped(reason.queue->limit), " (its backlog) waited to be accepted when the RST was sent, and ",
              counted(reason.queue->dropped, "segment"), " had been dropped since it listens");
}

} // namespace

void add_reason(Words& words, const model::Reason& reason) {
    switch (reason.code) {
    case model::ReasonCode::kKilled:
        add_process(words, reason, "the peer's process");
        words.add(" was killed by ", model::signal_name(reason.signal));
        return;
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

std::string reason_words(const model::Reason& reason) {
    Words words;
    add_reason(words, reason);
    return words.str();
}

} // namespace tcpblame::render
