#include "render/wording/explanation.hpp"

#include "render/quantity.hpp"
#include "render/wording/reset_packet.hpp"
#include "render/wording/reset_reasons.hpp"
#include "render/wording/sentences.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace tcpblame::render {
namespace {

constexpr std::size_t kPathWidth = 240;

Line event_ids(const std::vector<model::EventId>& events) {
    std::string text;
    for (const model::EventId& event : events)
        text += fmt::format("{}{}:{}", text.empty() ? "" : " ", event.cpu, event.sequence);
    return {{text, Ink::kFaint}};
}

/// What is below the line about the connection as such; empty where nothing is known.
std::string socket_words(const model::Verdict& verdict, const Writing& writing) {
    const model::ConnectionFacts& connection = *verdict.connection;
    std::string words;
    const auto add = [&words](const std::string& more) { words += words.empty() ? more : ", " + more; };
    // The failing call shows its own.
    if (!verdict.write && verdict.process && verdict.process->fd) add(fmt::format("fd {}", *verdict.process->fd));
    if (!connection.id.empty()) add(fmt::format("id {}", writing.safe(connection.id)));
    if (connection.netns != 0) add(fmt::format("network namespace {}", connection.netns));
    if (connection.opened_by == model::OpenedBy::kUs) add("we opened it");
    if (connection.opened_by == model::OpenedBy::kPeer) add("the peer opened it");
    return words;
}

/// It is one connection, whose ends know it by different addresses.
std::string translation_words(const model::ConnectionFacts& other, const Writing& writing) {
    return fmt::format("translated: its other end is {} {} {}", model::to_string(other.tuple.local), writing.signs().to,
                       model::to_string(other.tuple.remote));
}

std::string traffic_words(const model::ByteCounts& bytes) {
    std::string words;
    if (bytes.sent) words = fmt::format("{} sent", byte_count(*bytes.sent));
    if (bytes.received) words += fmt::format("{}{} received", words.empty() ? "" : ", ", byte_count(*bytes.received));
    return words;
}

} // namespace

std::string events_were_lost(std::uint64_t count) {
    return fmt::format("{} {} lost", counted(count, "event"), count == 1 ? "was" : "were");
}

std::vector<Fact> explanation_of(const model::Verdict& verdict, const Writing& writing, Depth depth) {
    std::vector<Fact> facts;
    const auto add = [&facts](std::string_view label, Line text) { facts.push_back({label, std::move(text)}); };
    const std::string place = verdict.process ? place_words(*verdict.process, writing, false) : "";
    if (depth.places == Places::kBoth) add("in", {{place, Ink::kPlain}});
    add("cause", cause(verdict, writing));
    for (const model::Modifier modifier : verdict.modifiers)
        add("but", {{modifier_words(modifier, verdict), Ink::kPlain}});
    if (verdict.peer) {
        add("peer", peer(*verdict.peer, verdict.kind, writing));
        const std::string theirs = place_words(verdict.peer->process, writing, false);
        if (depth.places != Places::kNobody && !theirs.empty() && theirs != place)
            add("", {{"in " + theirs, Ink::kPlain}});
        if (depth.stacks) add("", stack(verdict.peer->stack, writing, depth.whole_stacks));
    }
    if (verdict.translated) add("nat", {{translation_words(*verdict.translated, writing), Ink::kPlain}});
    const std::size_t shown = std::min(verdict.why.size(), depth.reasons);
    for (std::size_t index = 0; index < shown; ++index)
        add(index == 0 ? "why" : "", reason(verdict.why[index], writing));
    if (says_more(verdict.reset_reason))
        add("kernel", {{fmt::format("{}: {}", model::code_of(verdict.reset_reason), meaning_of(verdict.reset_reason)),
                        Ink::kPlain}});
    if (verdict.reset_packet && says_more(*verdict.reset_packet, verdict))
        add("reset", {{reset_packet_words(*verdict.reset_packet, verdict, writing), Ink::kPlain}});
    if (verdict.timeout) add("timer", {{timer_words(*verdict.timeout), Ink::kPlain}});
    if (verdict.killed_by) add("by", {{who(*verdict.killed_by, writing), Ink::kStrong}});
    add("lost", lost_bytes(verdict.bytes));
    if (verdict.lost_events > 0)
        add("warning",
            {{events_were_lost(verdict.lost_events) + " in the time that this speaks of: it may not be the whole story",
              Ink::kUnsure}});
    return facts;
}

std::vector<Fact> details_of(const model::Verdict& verdict, const Writing& writing) {
    std::vector<Fact> facts;
    const auto add = [&facts](std::string_view label, std::string text) {
        facts.push_back({label, {{std::move(text), Ink::kFaint}}});
    };
    if (verdict.process) {
        add("program", writing.safe(verdict.process->exe, kPathWidth));
        add("command", command_words(verdict.process->argv(), writing));
        add("runs in", place_words(*verdict.process, writing, true));
        add("cgroup", writing.safe(verdict.process->cgroup, kPathWidth));
    }
    if (verdict.connection) add("socket", socket_words(verdict, writing));
    if (verdict.reset_packet && !says_more(*verdict.reset_packet, verdict))
        add("reset", reset_packet_words(*verdict.reset_packet, verdict, writing));
    add("states", states_words(verdict.states, writing));
    add("bytes", traffic_words(verdict.bytes));
    facts.push_back({"events", event_ids(verdict.evidence)});
    return facts;
}

} // namespace tcpblame::render
