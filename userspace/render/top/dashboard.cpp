#include "render/top/dashboard.hpp"

#include "render/quantity.hpp"
#include "render/top/blame_table.hpp"
#include "render/top/help_page.hpp"
#include "render/top/scroll.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace tcpblame::render {
namespace {

constexpr std::size_t kColumnsAStep = 8;

} // namespace

Dashboard::Dashboard(const ReportOptions& verdicts)
    : verdicts_(verdicts), charset_(verdicts.unicode ? Charset::kUnicode : Charset::kAscii) {
    verdicts_.color = true; // as lines_of() reads it; the terminal may do without
}

void Dashboard::start(const model::RunStart& start) {
    start_ = start;
    clock_ = model::WallClock(start.realtime_offset_ns);
    now_ns_ = start.monotonic_ns;
}

void Dashboard::verdict(const model::Verdict& verdict) {
    // The failed write has said it all.
    if (verdict.kind == model::VerdictKind::kTeardown && verdict.write_failed) return;
    note_.clear(); // that there is nothing
    blames_.count(verdict);
}

// ── Keys ────────────────────────────────────────────────────────────────────────────────────────

bool Dashboard::press(Key key) {
    if (showing_ == Showing::kTable) return press_in_table(key);
    press_in_text(key);
    return true;
}

bool Dashboard::press_in_table(Key key) {
    if (press_for_order(key)) return true;
    switch (key) {
    case Key::kQuit: return false;
    case Key::kPause: paused_ = !paused_; break;
    case Key::kEnter: open_verdict(); break;
    case Key::kLeft: table_aside_ -= std::min(table_aside_, kColumnsAStep); break;
    case Key::kRight: table_aside_ += kColumnsAStep; break;
    case Key::kHelp:
        showing_ = Showing::kHelp;
        first_line_ = skipped_columns_ = 0;
        break;
    default:
        if (!shown_.empty()) choose(moved(chosen_index(), key, shown_.size() - 1, page_));
    }
    return true;
}

bool Dashboard::press_for_order(Key key) {
    const auto by = [this](BlameColumn column) {
        order_ = {column, false};
        return true;
    };
    switch (key) {
    case Key::kByCount: return by(BlameColumn::kCount);
    case Key::kByRate: return by(BlameColumn::kRate);
    case Key::kByLast: return by(BlameColumn::kLast);
    case Key::kByProcess: return by(BlameColumn::kProcess);
    case Key::kPreviousColumn: return by(column_beside(order_.by, -1));
    case Key::kNextColumn: return by(column_beside(order_.by, 1));
    case Key::kReverse: order_.reversed = !order_.reversed; return true;
    default: return false;
    }
}

void Dashboard::press_in_text(Key key) {
    switch (key) {
    case Key::kQuit:
    case Key::kEscape:
    case Key::kEnter: showing_ = Showing::kTable; break;
    case Key::kHelp:
        if (showing_ == Showing::kHelp) showing_ = Showing::kTable;
        break;
    case Key::kLeft: skipped_columns_ -= std::min(skipped_columns_, kColumnsAStep); break;
    case Key::kRight:
        skipped_columns_ = std::min(skipped_columns_ + kColumnsAStep, std::size_t{verdicts_.width});
        break;
    default: first_line_ = moved(first_line_, key, last_first_line_, page_);
    }
}

void Dashboard::choose(std::size_t index) {
    chosen_was_at_ = index;
    chosen_id_ = index == 0 ? std::nullopt : std::optional(shown_[index].id);
}

std::size_t Dashboard::chosen_index() const {
    if (!chosen_id_ || shown_.empty()) return 0;
    const auto is_chosen = [this](const BlameRow& row) { return row.id == *chosen_id_; };
    const auto found = std::find_if(shown_.begin(), shown_.end(), is_chosen);
    if (found == shown_.end()) return std::min(chosen_was_at_, shown_.size() - 1);
    return static_cast<std::size_t>(found - shown_.begin());
}

void Dashboard::open_verdict() {
    if (shown_.empty()) return;
    opened_ = shown_[chosen_index()];
    showing_ = Showing::kVerdict;
    first_line_ = skipped_columns_ = 0;
}

// ── Lines ───────────────────────────────────────────────────────────────────────────────────────

std::vector<ScreenLine> Dashboard::draw(std::string_view status, ScreenSize size) {
    size_ = size;
    std::vector<ScreenLine> lines = showing_ == Showing::kTable ? draw_table(status) : draw_text(text_lines());
    lines.resize(std::min(lines.size(), size.rows));
    for (ScreenLine& line : lines) line.text = part_of(line.text, 0, size.columns);
    return lines;
}

void Dashboard::look_again() {
    if (!paused_) {
        shown_ = blames_.rows();
        shown_time_ = {now_ns_, start_.monotonic_ns};
    }
    sort(shown_, order_, shown_time_);
}

std::vector<ScreenLine> Dashboard::draw_table(std::string_view status) {
    look_again();
    std::vector<ScreenLine> lines = head(status);
    const ScreenSize room{size_.columns, size_.rows - std::min(size_.rows, lines.size())};
    page_ = std::max<std::size_t>(room.rows, 2) - 1; // without the titles
    chosen_was_at_ = chosen_index();
    first_row_ = first_in_sight(first_row_, chosen_was_at_, shown_.size(), page_);
    const BlameView view{shown_, first_row_, chosen_was_at_, order_, shown_time_};
    std::vector<ScreenLine> table = blame_table(view, room, charset_);
    if (table_aside_ > 0) table = table_aside(view, room);
    std::move(table.begin(), table.end(), std::back_inserter(lines));
    if (shown_.empty()) lines.push_back({{{"  nothing has broken so far", Ink::kFaint}}});
    return lines;
}

/// As wide as all that is in it, of which a part has room.
std::vector<ScreenLine> Dashboard::table_aside(const BlameView& view, ScreenSize room) {
    constexpr std::size_t kAsWideAsItIs = 1000;
    std::vector<ScreenLine> table = blame_table(view, {kAsWideAsItIs, room.rows}, charset_);
    std::size_t widest = 0;
    for (const ScreenLine& line : table) widest = std::max(widest, width_of(line.text));
    table_aside_ = std::min(table_aside_, widest - std::min(widest, room.columns));
    for (ScreenLine& line : table) line.text = part_of(line.text, table_aside_, room.columns);
    return table;
}

std::vector<ScreenLine> Dashboard::head(std::string_view status) const {
    std::vector<ScreenLine> lines{{{{std::string{status}, Ink::kStrong}}}};
    const std::string how = fmt::format("by {}{} | rates over the last {} s | h help, q quit", title_of(order_.by),
                                        order_.reversed ? ", reversed" : "", Rate::kSeconds);
    lines.push_back({{{paused_ ? "paused | " : "", Ink::kUnsure}, {how, Ink::kFaint}}});
    std::string warning;
    const auto warn = [&warning](const std::string& words) { warning += (warning.empty() ? "" : " | ") + words; };
    if (lost_events_ > 0)
        warn(fmt::format("{} lost: something may have broken that is not here", counted(lost_events_, "event")));
    if (blames_.dropped_rows() > 0)
        warn(fmt::format("{} no longer kept, with {}", counted(blames_.dropped_rows(), "old row"),
                         counted(blames_.dropped_breaks(), "break")));
    if (!note_.empty()) warn(note_);
    if (!warning.empty()) lines.push_back({{{printable(warning, size_.columns, charset_), Ink::kUnsure}}});
    return lines;
}

std::vector<Line> Dashboard::text_lines() const {
    if (showing_ == Showing::kHelp || !opened_) return help_page();
    const model::Verdict& verdict = *opened_->newest;
    ReportOptions options = verdicts_;
    options.width = static_cast<unsigned>(size_.columns);
    std::string text;
    Report report(options, [&text](std::string_view more) { text += more; }, {});
    // By the time of day that the host had at its moment.
    model::RunStart start = start_;
    start.realtime_offset_ns = clock_.offset_at(verdict.monotonic_ns);
    report.start(start);
    report.verdict(verdict);
    return lines_of(text);
}

std::vector<ScreenLine> Dashboard::draw_text(const std::vector<Line>& text) {
    page_ = std::max<std::size_t>(size_.rows, 2) - 1; // without the first line
    last_first_line_ = text.size() - std::min(text.size(), page_);
    first_line_ = std::min(first_line_, last_first_line_);
    const std::size_t end = std::min(text.size(), first_line_ + page_);
    std::string head =
        fmt::format("lines {} to {} of {} | arrows scroll, Esc goes back", first_line_ + 1, end, text.size());
    if (showing_ == Showing::kVerdict && opened_)
        head = fmt::format("the newest of {} | ", grouped(opened_->count)) + head;
    std::vector<ScreenLine> lines{{{{head, Ink::kFaint}}}};
    for (std::size_t line = first_line_; line < end; ++line)
        lines.push_back({part_of(text[line], skipped_columns_, size_.columns)});
    return lines;
}

} // namespace tcpblame::render
