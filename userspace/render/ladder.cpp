#include "render/ladder.hpp"

#include "render/quantity.hpp"
#include "render/wording/notes.hpp"
#include "render/wording/rungs.hpp"
#include "render/wording/sentences.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>

namespace tcpblame::render {

namespace {

constexpr std::size_t kGap = 2;              // between columns, and left of the first
constexpr std::size_t kLeastStateWidth = 11; // "ESTABLISHED"
constexpr std::size_t kMostStateWidth = 18;  // "sendto 1,048,576 B"

constexpr std::size_t kNoteWidth = 120;
constexpr std::size_t kLeastArrowWidth = 18;
constexpr std::size_t kMostArrowWidth = 28;

enum class Way : std::uint8_t { kNone, kToUs, kToPeer };

Way way_of(model::TimelineEvent event) {
    switch (event) {
    case model::TimelineEvent::kFinReceived:
    case model::TimelineEvent::kRstReceived: return Way::kToUs;
    case model::TimelineEvent::kFinSent:
    case model::TimelineEvent::kRstSent:
    case model::TimelineEvent::kWritten: return Way::kToPeer;
    case model::TimelineEvent::kErrorTaken:
    case model::TimelineEvent::kWriteFailed:
    case model::TimelineEvent::kClosed: return Way::kNone;
    }
    return Way::kNone;
}

struct Columns {
    std::size_t number = 0;
    std::size_t unit = 2; // "ms"
    std::size_t state = kLeastStateWidth;
    std::size_t arrow = 0;

    [[nodiscard]] std::size_t before_state() const { return kGap + number + 1 + unit + kGap; }
    [[nodiscard]] std::size_t before_note() const { return before_state() + state + kGap + arrow + kGap; }
};

std::string padded(std::string text, std::size_t width) {
    text.append(width - std::min(width, display_width(text)), ' ');
    return text;
}

Columns measure(const model::Verdict& verdict, const Page& page) {
    Columns columns;
    for (const model::TimelineEntry& entry : verdict.timeline) {
        const Offset offset = offset_of(entry.at_ns, page.signs().micro);
        columns.number = std::max(columns.number, offset.number.size());
        columns.unit = std::max(columns.unit, display_width(offset.unit));
        columns.state = std::max(columns.state, display_width(page.safe(rung_state(entry, verdict), kMostStateWidth)));
    }
    columns.arrow = std::clamp(page.width() / 5 + 2, kLeastArrowWidth, kMostArrowWidth);
    return columns;
}

std::string repeated(std::string_view sign, std::size_t times) {
    std::string text;
    for (; times > 0; --times) text += sign;
    return text;
}

/// ◄──── FIN ─────, exactly as wide as its column.
std::string arrow(const model::TimelineEntry& entry, const model::Verdict& verdict, Way way, std::size_t width,
                  const Page& page) {
    const Signs& signs = page.signs();
    const std::string cargo = fmt::format(" {} ", page.safe(rung_event(entry, verdict), width - 4));
    const std::size_t shafts = width - 1 - display_width(cargo);
    const std::size_t before = shafts / 2;
    if (way == Way::kToUs)
        return fmt::format("{}{}{}{}", signs.arrow_left, repeated(signs.shaft, before), cargo,
                           repeated(signs.shaft, shafts - before));
    return fmt::format("{}{}{}{}", repeated(signs.shaft, before), cargo, repeated(signs.shaft, shafts - before),
                       signs.arrow_right);
}

void add_evidence(Line& text, model::Confidence evidence) {
    if (evidence == model::Confidence::kObserved) return;
    text.push_back({fmt::format("{}({})", text.empty() ? "" : " ", model::code_of(evidence)), Ink::kUnsure});
}

/// What happened where no segment crossed the wire.
Line local_event(const model::TimelineEntry& entry, const model::Verdict& verdict, const Page& page) {
    const bool closed = entry.event == model::TimelineEvent::kClosed;
    const Ink ink = closed ? Ink::kPlain : entry.event == model::TimelineEvent::kErrorTaken ? Ink::kUnsure : Ink::kBad;
    Line text{{fmt::format("{} {}", closed ? page.signs().dot : page.signs().cross, rung_event(entry, verdict)), ink}};
    const std::string note = page.safe(note_of(entry), kNoteWidth);
    if (!note.empty()) text.push_back({": " + note, Ink::kPlain});
    return text;
}

void draw_row(const model::TimelineEntry& entry, const model::Verdict& verdict, const Columns& columns, Page& page) {
    const Offset offset = offset_of(entry.at_ns, page.signs().micro);
    const std::string margin(kGap + columns.number - offset.number.size(), ' ');
    Line head{{fmt::format("{}{} {}", margin, offset.number, padded(offset.unit, columns.unit)), Ink::kFaint},
              {fmt::format("  {}  ", padded(page.safe(rung_state(entry, verdict), kMostStateWidth), columns.state)),
               Ink::kPlain}};
    Line text;
    const Way way = way_of(entry.event);
    if (way == Way::kNone) {
        text = local_event(entry, verdict, page);
    } else {
        const bool reset =
            entry.event == model::TimelineEvent::kRstReceived || entry.event == model::TimelineEvent::kRstSent;
        head.push_back({arrow(entry, verdict, way, columns.arrow, page), reset ? Ink::kBad : Ink::kPlain});
        head.push_back({std::string(kGap, ' '), Ink::kPlain});
        std::string note = page.safe(note_of(entry), kNoteWidth);
        if (!note.empty()) text.push_back({std::move(note), Ink::kPlain});
    }
    add_evidence(text, entry.evidence);
    page.paragraph(head, text);
}

std::string our_head(const model::Verdict& verdict, const Page& page, std::size_t room) {
    constexpr std::string_view kHere = ", here";
    if (!verdict.process) return "here";
    const std::string name = name_of(*verdict.process, page, room - kHere.size());
    return name.empty() ? "here" : fmt::format("{}{}", name, kHere);
}

std::string peer_head(const model::Process& process, const Page& page, std::size_t room) {
    const std::string pid = fmt::format("pid {}{}", process.pid, host_words(process.host, page));
    const std::string name = name_of(process, page, room - std::min(room, pid.size() + 2));
    return name.empty() ? pid : fmt::format("{}, {}", name, pid);
}

void draw_heads(const model::Verdict& verdict, const Columns& columns, Page& page) {
    const std::size_t left_room = columns.before_note() - columns.before_state() - kGap;
    const std::size_t right_room = page.width() - columns.before_note();
    const auto heads = [&](const std::string& left, const std::string& right, Ink ink) {
        const std::string indent(columns.before_state(), ' ');
        page.paragraph({{indent + padded(left, left_room + kGap), ink}, {right, ink}}, {});
    };
    std::string local;
    std::string remote;
    if (verdict.connection) {
        local = page.safe(model::to_string(verdict.connection->tuple.local), left_room);
        remote = page.safe(model::to_string(verdict.connection->tuple.remote), right_room);
    }
    const std::string here = our_head(verdict, page, left_room);
    if (!verdict.peer || verdict.peer->process.pid == 0) {
        heads(here, remote.empty() ? "the other end" : remote, Ink::kStrong);
        return;
    }
    heads(here, peer_head(verdict.peer->process, page, right_room), Ink::kStrong);
    if (!local.empty() || !remote.empty()) heads(local, remote, Ink::kFaint);
}

} // namespace

void draw_ladder(const model::Verdict& verdict, Page& page) {
    if (verdict.timeline.empty()) return;
    const Columns columns = measure(verdict, page);
    draw_heads(verdict, columns, page);
    for (const model::TimelineEntry& entry : verdict.timeline) draw_row(entry, verdict, columns, page);
}

} // namespace tcpblame::render
