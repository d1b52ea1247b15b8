#include "render/top/blame_table.hpp"

#include "render/quantity.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <string>

namespace tcpblame::render {
namespace {

constexpr std::uint64_t kNsInSecond = 1'000'000'000;
constexpr std::size_t kMarkWidth = 2; ///< of what points at the chosen row
constexpr std::size_t kBlameGap = 2;
constexpr std::size_t kNumberWidth = 8; ///< "RATE/s" with its sign, "1,048.5"
constexpr std::size_t kLeastNameWidth = 12;
constexpr std::size_t kMostPartyWidth = 60;
constexpr std::size_t kBlameColumns = kBlameColumnCount;

struct BlameCell {
    std::string text;
    std::string tail = {}; ///< "[4242]", " (inferred)"; left out where both have no room
};

using BlameCells = std::array<BlameCell, kBlameColumns>;
using BlameWidths = std::array<std::size_t, kBlameColumns>; ///< 0: left out

constexpr std::size_t at(BlameColumn column) { return static_cast<std::size_t>(column); }

bool is_number(std::size_t column) { return column <= at(BlameColumn::kLast); }

std::string rate_words(double per_second) {
    constexpr double kInFull = 99.95;
    if (per_second < kInFull) return fmt::format("{:.1f}", per_second);
    return grouped(static_cast<std::uint64_t>(std::llround(per_second)));
}

/// "12 s", "5 min", "3 h", "4 d": how long ago.
std::string ago(std::uint64_t ns) {
    constexpr std::uint64_t kMinute = 60;
    constexpr std::uint64_t kHour = 60 * kMinute;
    constexpr std::uint64_t kDay = 24 * kHour;
    const std::uint64_t seconds = ns / kNsInSecond;
    if (seconds < kMinute) return fmt::format("{} s", seconds);
    if (seconds < kHour) return fmt::format("{} min", seconds / kMinute);
    if (seconds < 2 * kDay) return fmt::format("{} h", seconds / kHour);
    return fmt::format("{} d", seconds / kDay);
}

BlameCell party_cell(const std::string& name, std::uint32_t pid, Charset charset) {
    return {printable(name, kMostPartyWidth, charset), pid == 0 ? "" : fmt::format("[{}]", pid)};
}

std::string doubt_words(model::Confidence confidence, model::Cause cause) {
    if (confidence == model::Confidence::kObserved || cause == model::Cause::kUnknown) return {};
    return fmt::format(" ({})", model::code_of(confidence));
}

BlameCells cells_of(const BlameRow& row, const BlameTime& time, Charset charset) {
    return {BlameCell{grouped(row.count)},
            BlameCell{rate_words(row.rate.per_second(time.now_ns, time.since_ns))},
            BlameCell{ago(time.now_ns - std::min(time.now_ns, row.last_ns))},
            party_cell(row.process, row.process_pid, charset),
            party_cell(row.peer, row.peer_pid, charset),
            BlameCell{std::string{model::code_of(row.cause)}, doubt_words(row.confidence, row.cause)}};
}

BlameCells titles_of(const BlameOrder& order, Charset charset) {
    BlameCells titles;
    for (std::size_t column = 0; column < kBlameColumns; ++column)
        titles.at(column).text = title_of(static_cast<BlameColumn>(column));
    const bool is_ascii = charset == Charset::kAscii;
    if (order.reversed)
        titles.at(at(order.by)).text += is_ascii ? "^" : "▴";
    else
        titles.at(at(order.by)).text += is_ascii ? "v" : "▾";
    return titles;
}

std::size_t width_of(const BlameCell& cell) { return display_width(cell.text) + display_width(cell.tail); }

std::size_t total_of(const BlameWidths& widths) {
    std::size_t total = kMarkWidth;
    std::size_t shown = 0;
    for (const std::size_t width : widths) {
        total += width;
        shown += width > 0 ? 1 : 0;
    }
    return total + (shown > 0 ? shown - 1 : 0) * kBlameGap;
}

/// Takes from the wider of both names until all has room, or both are as narrow as they may get.
void narrow_names(BlameWidths& widths, std::size_t columns) {
    std::size_t& process = widths.at(at(BlameColumn::kProcess));
    std::size_t& peer = widths.at(at(BlameColumn::kPeer));
    while (total_of(widths) > columns && std::max(process, peer) > kLeastNameWidth) --(process > peer ? process : peer);
}

/// Each as wide as what is in it, in so far as there is room.
BlameWidths widths_of(const std::vector<BlameCells>& lines, std::size_t columns) {
    BlameWidths widths{};
    for (const BlameCells& cells : lines)
        for (std::size_t column = 0; column < kBlameColumns; ++column)
            widths.at(column) = std::max(widths.at(column), width_of(cells.at(column)));
    for (std::size_t column = 0; column < kBlameColumns; ++column)
        if (is_number(column)) widths.at(column) = std::max(widths.at(column), kNumberWidth);
    for (const BlameColumn first_to_go : {BlameColumn::kRate, BlameColumn::kLast}) {
        narrow_names(widths, columns);
        if (total_of(widths) > columns) widths.at(at(first_to_go)) = 0;
    }
    narrow_names(widths, columns);
    return widths;
}

Ink ink_of(std::size_t column) {
    if (column == at(BlameColumn::kProcess)) return Ink::kStrong;
    return column == at(BlameColumn::kCause) ? Ink::kBad : Ink::kPlain;
}

Line composed(const BlameCells& cells, const BlameWidths& widths, bool is_title, bool is_chosen, Charset charset) {
    Line line{{is_chosen ? "> " : "  ", Ink::kPlain}};
    bool begun = false;
    for (std::size_t column = 0; column < kBlameColumns; ++column) {
        const std::size_t width = widths.at(column);
        if (width == 0) continue;
        if (begun) line.push_back({std::string(kBlameGap, ' '), Ink::kPlain});
        begun = true;
        BlameCell cell = cells.at(column);
        if (width_of(cell) > width) cell = {printable(cell.text, width, charset)};
        const Span blanks{std::string(width - std::min(width, width_of(cell)), ' '), Ink::kPlain};
        const Ink ink = is_title ? Ink::kFaint : ink_of(column);
        if (is_number(column)) line.push_back(blanks);
        line.push_back({cell.text, ink});
        line.push_back({cell.tail, column == at(BlameColumn::kCause) ? Ink::kUnsure : ink});
        if (!is_number(column)) line.push_back(blanks);
    }
    return line;
}

} // namespace

std::string_view title_of(BlameColumn column) {
    constexpr std::array<std::string_view, kBlameColumns> kTitles = {"COUNT",   "RATE/s", "LAST",
                                                                     "PROCESS", "PEER",   "CAUSE"};
    return kTitles.at(at(column));
}

std::vector<ScreenLine> blame_table(const BlameView& view, ScreenSize size, Charset charset) {
    if (size.rows == 0) return {};
    const std::size_t end = std::min(view.rows.size(), view.first + size.rows - 1);
    std::vector<BlameCells> cells{titles_of(view.order, charset)};
    for (std::size_t row = view.first; row < end; ++row) cells.push_back(cells_of(view.rows[row], view.time, charset));
    const BlameWidths widths = widths_of(cells, size.columns);

    std::vector<ScreenLine> lines;
    for (std::size_t index = 0; index < cells.size(); ++index) {
        const bool is_title = index == 0;
        const bool is_chosen = !is_title && view.first + index - 1 == view.chosen;
        const Line line = composed(cells[index], widths, is_title, is_chosen, charset);
        lines.push_back({part_of(line, 0, size.columns), is_chosen});
    }
    return lines;
}

} // namespace tcpblame::render
