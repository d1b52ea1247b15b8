/// What `top` shows, and what its keys do. It knows no terminal: whoever has one draws the lines and hands in the keys.
#pragma once

#include "model/wall_clock.hpp"
#include "render/output.hpp"
#include "render/report.hpp"
#include "render/top/blame_order.hpp"
#include "render/top/blame_table.hpp"
#include "render/top/blames.hpp"
#include "render/top/keys.hpp"
#include "render/top/screen_line.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::render {

class Dashboard : public Output {
public:
    /// `verdicts`: how a verdict is shown in full, but for its width.
    explicit Dashboard(const ReportOptions& verdicts);

    void start(const model::RunStart& start) override;
    void verdict(const model::Verdict& verdict) override;
    void lost(const model::LostEvents& lost) override { lost_events_ += lost.count; }
    void clock_set(const model::ClockSet& set) override { clock_.set(set); }
    void flush(std::uint64_t now_monotonic_ns) override { now_ns_ = now_monotonic_ns; }
    void end(const model::RunEnd& /*end*/) override {}

    /// Something about the run that a person should know; the last one is shown.
    void note(std::string words) { note_ = std::move(words); }

    /// False: an end is asked for.
    bool press(Key key);

    /// As many lines as the screen has at most, none wider. `status`: what is watched, for how long, and what was seen.
    std::vector<ScreenLine> draw(std::string_view status, ScreenSize size);

private:
    enum class Showing : std::uint8_t { kTable, kVerdict, kHelp };

    bool press_in_table(Key key);
    void press_in_text(Key key);
    bool press_for_order(Key key);
    void choose(std::size_t index);
    [[nodiscard]] std::size_t chosen_index() const;
    void open_verdict();
    void look_again();
    [[nodiscard]] std::vector<Line> text_lines() const;
    std::vector<ScreenLine> draw_table(std::string_view status);
    std::vector<ScreenLine> table_aside(const BlameView& view, ScreenSize room);
    std::vector<ScreenLine> draw_text(const std::vector<Line>& text);
    [[nodiscard]] std::vector<ScreenLine> head(std::string_view status) const;

    ReportOptions verdicts_;
    Charset charset_;
    model::RunStart start_;
    model::WallClock clock_;
    Blames blames_;
    std::uint64_t now_ns_ = 0;
    std::uint64_t lost_events_ = 0;
    std::string note_;

    Showing showing_ = Showing::kTable;
    bool paused_ = false;
    ScreenSize size_; ///< when it was drawn last
    BlameOrder order_;
    std::vector<BlameRow> shown_; ///< the rows as they were drawn last
    BlameTime shown_time_;
    std::optional<std::uint64_t> chosen_id_; ///< nullopt: the first row, whichever that is
    std::size_t chosen_was_at_ = 0;          ///< the row itself may be gone
    std::size_t first_row_ = 0;
    std::size_t table_aside_ = 0;    ///< columns of the table that are out of sight to the left
    std::optional<BlameRow> opened_; ///< whose newest verdict is shown
    std::size_t first_line_ = 0;     ///< of a text
    std::size_t last_first_line_ = 0;
    std::size_t skipped_columns_ = 0;
    std::size_t page_ = 1; ///< rows, or lines of a text, that there was room for
};

} // namespace tcpblame::render
