/// The table of who breaks whom that `top` shows for as long as somebody looks at it.
#pragma once

#include "base/result.hpp"
#include "cli/live/view.hpp"
#include "cli/options.hpp"
#include "cli/top/curses_screen.hpp"
#include "render/report.hpp"
#include "render/top/dashboard.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace tcpblame::cli {

/// It has the terminal from enter() to leave(), and prints the summary after that.
class Top : public LiveView {
public:
    /// `interval`: from one look of the table to the next.
    Top(const OutputOptions& options, std::chrono::nanoseconds interval, Writer& writer);

    render::Output& output() override { return shown_; }
    void start(const model::RunStart& start) override;
    /// The terminal's keys.
    [[nodiscard]] std::optional<int> input() const override;
    Result<void> enter() override;
    [[nodiscard]] bool attend(const Tally& tally, std::uint64_t now_ns) override;
    void leave() override { screen_.reset(); }
    void note(const Error& note) override;

private:
    /// The table, and the summary that is printed at the end.
    class Shown : public render::Output {
    public:
        Shown(const render::ReportOptions& looks, Writer& writer);

        void start(const model::RunStart& start) override;
        void verdict(const model::Verdict& verdict) override;
        void lost(const model::LostEvents& lost) override { dashboard.lost(lost); }
        void clock_set(const model::ClockSet& set) override { dashboard.clock_set(set); }
        void flush(std::uint64_t now_monotonic_ns) override { dashboard.flush(now_monotonic_ns); }
        void end(const model::RunEnd& end) override { summary.end(end); }

        render::Dashboard dashboard;
        render::Report summary;
    };

    render::ReportOptions looks_;
    Shown shown_;
    std::chrono::nanoseconds interval_;
    model::RunStart start_;
    std::unique_ptr<CursesScreen> screen_;
    std::uint64_t due_ns_ = 0;
};

} // namespace tcpblame::cli
