/// The command `top`: a table of who breaks whom, for as long as somebody looks at it.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"
#include "cli/tally.hpp"
#include "cli/top/curses_screen.hpp"
#include "cli/writer.hpp"
#include "render/report.hpp"
#include "render/top/dashboard.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tcpblame::cli {

Result<void> top(const Options& options);

/// What trace() reports in place of verdicts: it has the terminal from enter() to leave(), and prints the summary after
/// that.
class Top : public render::Output {
public:
    Top(const Options& options, Writer& writer);

    void start(const model::RunStart& start) override;
    void verdict(const model::Verdict& verdict) override;
    void lost(const model::LostEvents& lost) override { dashboard_.lost(lost); }
    void clock_set(const model::ClockSet& set) override { dashboard_.clock_set(set); }
    void flush(std::uint64_t now_monotonic_ns) override { dashboard_.flush(now_monotonic_ns); }
    void end(const model::RunEnd& end) override { summary_.end(end); }

    Result<void> enter();
    void leave() { screen_.reset(); }

    /// Does what the keys ask for, and draws where that or the time has come; it may be called as often as there is
    /// time. False: an end is asked for.
    bool attend(const Tally& tally, std::uint64_t now_ns);

    void note(const Error& note);

private:
    const Options& options_;
    render::ReportOptions looks_;
    render::Dashboard dashboard_;
    render::Report summary_;
    model::RunStart start_;
    std::unique_ptr<CursesScreen> screen_;
    std::uint64_t due_ns_ = 0;
};

} // namespace tcpblame::cli
