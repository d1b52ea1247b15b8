/// Reports a person, at a terminal, who broke the connection.
#pragma once

#include "model/wall_clock.hpp"
#include "render/crowds.hpp"
#include "render/output.hpp"
#include "render/page.hpp"
#include "render/ranking.hpp"
#include "render/recurring.hpp"
#include "render/wording/explanation.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tcpblame::render {

struct ReportOptions {
    unsigned width = 80; ///< columns; taken as 80 where it is less
    bool color = false;
    bool unicode = true;        ///< false: nothing beyond ASCII comes out
    bool relative_time = false; ///< seconds since the start instead of the time of day
    bool table = false;         ///< a line a verdict, as long as it has to be
    bool summary_only = false;  ///< no verdict is reported, only in the end how many there were
    bool verbose = false;       ///< also the program, its cgroup, the socket and the events that a verdict rests on
    /// Of the person's clock, ahead of UTC. The caller asks for it: rendering has no clock and no time zone.
    std::chrono::seconds utc_offset{0};
    bool live = true;            ///< it goes on until somebody ends it
    bool ends_by_itself = false; ///< with the command that it watches
};

class Report : public Output {
public:
    /// `data` gets the verdicts and the final summary, `notices` what is said about the run
    /// itself. Either may be empty: then that part is not reported. A verdict comes as one piece.
    /// Of many that come alike within a second, one line reports all but the first few; and of what comes again and
    /// again alike, one in ten seconds.
    Report(const ReportOptions& options, Sink data, Sink notices);

    void start(const model::RunStart& start) override;
    void verdict(const model::Verdict& verdict) override;
    void lost(const model::LostEvents& lost) override;
    void clock_set(const model::ClockSet& set) override;
    void flush(std::uint64_t now_monotonic_ns) override;
    void end(const model::RunEnd& end) override;

private:
    enum class Shape : std::uint8_t { kNothing, kLine, kBlock };

    /// What of a verdict is news, for a person who has seen one of the same connection.
    struct Reported {
        std::string socket;
        model::Cause cause = model::Cause::kUnknown;
        model::Confidence confidence = model::Confidence::kUnknown;
        std::uint32_t peer_pid = 0;
        std::uint64_t moment_ns = 0;
    };

    void show(const model::Verdict& verdict);
    /// In short, where the like of it was shown of this connection.
    bool show_again(const model::Verdict& verdict);
    void show_orderly(const model::Verdict& verdict);
    void show_row(const model::Verdict& verdict);
    void sum_up(const Crowd& rest);
    /// A blank line goes between what was reported and what comes, unless both are single lines.
    void separate(Shape next);
    /// What stands below the counts.
    void end_notes(const model::RunEnd& end);
    Line time_head(std::uint64_t monotonic_ns) const;
    std::string time(std::uint64_t monotonic_ns) const;
    void labelled(std::string_view label, const Line& text);
    void write_call_and_ends(const model::Verdict& verdict);
    void write_explanation(const model::Verdict& verdict, Places places);
    void write_details(const model::Verdict& verdict);
    void point_to_more(model::Cause cause);
    void report(const Sink& sink);

    ReportOptions options_;
    Sink data_;
    Sink notices_;
    bool live_;
    Page page_;
    std::optional<std::uint64_t> started_ns_;
    model::WallClock clock_;
    Shape reported_ = Shape::kNothing;
    std::array<bool, model::kCauseCount> pointed_to_{}; ///< the causes whose explanation was named
    std::array<Reported, 64> recent_;                   ///< what was shown last, in a ring
    std::size_t next_recent_ = 0;
    Crowds crowds_;
    Recurring recurring_;
    Ranking ranking_;
};

} // namespace tcpblame::render
