#include "render/report.hpp"

#include "render/ladder.hpp"
#include "render/moment.hpp"
#include "render/orderly.hpp"
#include "render/quantity.hpp"
#include "render/table.hpp"
#include "render/wording/advice.hpp"
#include "render/wording/headline.hpp"
#include "render/wording/reasons.hpp"
#include "render/wording/sentences.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace tcpblame::render {

namespace {

constexpr unsigned kLeastWidth = 80;
constexpr std::size_t kLabelWidth = 8;
constexpr std::uint64_t kNsPerMs = 1'000'000;
// Where the addresses begin, so that they form a column over many verdicts.
constexpr std::size_t kEndsColumn = 39;

Page::Paper paper_of(const ReportOptions& options) {
    return {std::max(options.width, kLeastWidth), options.color, options.unicode ? Charset::kUnicode : Charset::kAscii};
}

/// "peer-closed 2, peer-aborted 1", the most frequent first.
std::string tally(const std::array<std::uint64_t, model::kCauseCount>& by_cause) {
    std::vector<std::size_t> order;
    for (std::size_t cause = 0; cause < by_cause.size(); ++cause)
        if (by_cause.at(cause) > 0) order.push_back(cause);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t left, std::size_t right) { return by_cause.at(left) > by_cause.at(right); });
    std::string text;
    for (const std::size_t cause : order)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", model::code_of(static_cast<model::Cause>(cause)),
                            grouped(by_cause.at(cause)));
    return text;
}

/// " peer-closed peer-aborted", of what went wrong.
std::string causes_reported(const model::RunEnd& end) {
    std::string text;
    for (std::size_t cause = 0; cause < end.verdicts_by_cause.size(); ++cause)
        if (cause != static_cast<std::size_t>(model::Cause::kOrderly) &&
            end.verdicts_by_cause.at(cause) + end.teardowns_by_cause.at(cause) > 0)
            text += fmt::format(" {}", model::code_of(static_cast<model::Cause>(cause)));
    return text;
}

} // namespace

Report::Report(const ReportOptions& options, Sink data, Sink notices)
    : options_(options),
      data_(std::move(data)),
      notices_(std::move(notices)),
      live_(options.live),
      page_(paper_of(options)),
      crowds_([this](const model::Verdict& verdict) { show(verdict); }, [this](const Crowd& rest) { sum_up(rest); }),
      recurring_([this](const Crowd& rest) { sum_up(rest); }) {}

void Report::report(const Sink& sink) {
    const std::string text = page_.take();
    if (sink && !text.empty()) sink(text);
}

std::string Report::time(std::uint64_t monotonic_ns) const {
    if (!options_.relative_time) return time_of_day(clock_.realtime_of(monotonic_ns), options_.utc_offset);
    const auto since = static_cast<std::int64_t>(monotonic_ns - started_ns_.value_or(0));
    return fmt::format("{:+.3f} s", static_cast<double>(since) / 1e9);
}

void Report::labelled(std::string_view label, const Line& text) {
    if (width_of(text) > 0) page_.paragraph({{fmt::format("  {:<{}}", label, kLabelWidth), Ink::kFaint}}, text);
}

void Report::start(const model::RunStart& start) {
    started_ns_ = start.monotonic_ns;
    clock_ = model::WallClock(start.realtime_offset_ns);
    const std::string head = "tcpblame: watching ";
    std::string tail = options_.ends_by_itself ? ", until it ends\n" : "; Ctrl-C ends\n";
    if (start.open_connections && !options_.ends_by_itself)
        tail = ", " + counted(*start.open_connections, "open connection") + tail;
    // One line, as everything on standard error, and as wide as the screen at most.
    const std::size_t room = page_.width() - std::min(page_.width(), head.size() + tail.size() - 1);
    if (notices_ && live_) notices_(head + page_.safe(start.watching, room) + tail);
}

void Report::verdict(const model::Verdict& verdict) {
    crowds_.pass(verdict.monotonic_ns);
    // The failed write has said it all; in the end's count it shows once more.
    if (verdict.kind == model::VerdictKind::kTeardown && verdict.write_failed) return;
    if (!is_orderly(verdict)) ranking_.count(verdict);
    if (options_.summary_only) return;
    if (options_.table) return show_row(verdict);
    // Whoever asks for the ones that ended well wants each of them, and a line is little.
    if (is_orderly(verdict))
        show_orderly(verdict);
    else if (!recurring_.absorbs(verdict))
        crowds_.add(verdict);
}

void Report::flush(std::uint64_t now_monotonic_ns) {
    crowds_.pass(now_monotonic_ns);
    recurring_.pass(now_monotonic_ns);
}

void Report::separate(Shape next) {
    const bool both_lines = reported_ == Shape::kLine && next == Shape::kLine;
    if (reported_ != Shape::kNothing && !both_lines) page_.blank();
    reported_ = next;
}

Line Report::time_head(std::uint64_t monotonic_ns) const {
    return {{time(monotonic_ns), Ink::kFaint}, {"  ", Ink::kPlain}};
}

bool Report::show_again(const model::Verdict& verdict) {
    if (!verdict.connection || verdict.connection->id.empty()) return false;
    Reported now{.socket = fmt::format("{}@{}", verdict.connection->id, verdict.host),
                 .cause = verdict.cause,
                 .confidence = verdict.confidence,
                 .peer_pid = verdict.peer ? verdict.peer->process.pid : 0,
                 .moment_ns = verdict.monotonic_ns};
    const auto* const known = std::find_if(recent_.begin(), recent_.end(), [&now](const Reported& one) {
        return one.socket == now.socket && one.cause == now.cause && one.confidence == now.confidence &&
               one.peer_pid == now.peer_pid && one.moment_ns <= now.moment_ns;
    });
    if (known == recent_.end()) {
        recent_.at(next_recent_) = std::move(now);
        next_recent_ = (next_recent_ + 1) % recent_.size();
        return false;
    }
    separate(Shape::kBlock);
    page_.paragraph(time_head(verdict.monotonic_ns),
                    once_more(verdict, verdict.monotonic_ns - known->moment_ns, page_));
    write_call_and_ends(verdict);
    labelled("where", stack(verdict.stack, page_, options_.verbose));
    if (options_.verbose) write_details(verdict);
    report(data_);
    return true;
}

void Report::show(const model::Verdict& verdict) {
    if (show_again(verdict)) return;
    separate(Shape::kBlock);
    const Line head = time_head(verdict.monotonic_ns);
    const std::size_t room = page_.width() - std::min(page_.width(), width_of(head));
    const Line by = culprit(verdict, page_);
    const bool beside = width_of(headline(verdict, page_, 0).line) + width_of(by) <= room;
    Headline top = headline(verdict, page_, beside ? room - width_of(by) : room);
    if (beside) top.line.insert(top.line.end(), by.begin(), by.end());
    page_.paragraph(head, top.line);
    if (!beside && !by.empty()) page_.paragraph({{std::string(width_of(head), ' '), Ink::kPlain}}, by);
    write_call_and_ends(verdict);
    write_explanation(verdict, top.has_place ? Places::kPeer : Places::kBoth);
    // One row says nothing that the lines above do not say.
    if (verdict.timeline.size() > 1) {
        page_.blank();
        draw_ladder(verdict, page_);
    }
    labelled("where", stack(verdict.stack, page_, options_.verbose));
    labelled("advice", {{page_.safe(advice_of(verdict)), Ink::kPlain}});
    point_to_more(verdict.cause);
    if (options_.verbose) write_details(verdict);
    report(data_);
}

/// Once for each cause: whoever reads on knows by then.
void Report::point_to_more(model::Cause cause) {
    if (std::exchange(pointed_to_.at(static_cast<std::size_t>(cause)), true)) return;
    labelled("more", {{fmt::format("tcpblame explain {}", model::code_of(cause)), Ink::kFaint}});
}

void Report::show_orderly(const model::Verdict& verdict) {
    separate(options_.verbose ? Shape::kBlock : Shape::kLine);
    const Line head = time_head(verdict.monotonic_ns);
    page_.line(head, orderly_words(verdict, page_, page_.width() - std::min(page_.width(), width_of(head))));
    if (options_.verbose) {
        labelled("cause", cause(verdict, page_));
        write_details(verdict);
    }
    report(data_);
}

void Report::show_row(const model::Verdict& verdict) {
    const std::string when = time(verdict.monotonic_ns);
    if (reported_ == Shape::kNothing) page_.unbroken(table_head(when.size()));
    separate(Shape::kLine);
    page_.unbroken(table_row(verdict, when, page_));
    report(data_);
}

void Report::sum_up(const Crowd& rest) {
    separate(Shape::kBlock);
    page_.paragraph({{fmt::format("{} ", page_.signs().ellipsis), Ink::kFaint}}, crowd(rest, page_));
    report(data_);
}

void Report::write_call_and_ends(const model::Verdict& verdict) {
    const bool called = is_of_a_call(verdict);
    const Line ends{{endpoints(verdict, page_), Ink::kPlain}};
    Line head{{"  ", Ink::kPlain}};
    if (called) {
        for (const Span& span : failed_call(*verdict.write, page_)) head.push_back(span);
        const std::size_t wide = width_of(head);
        const std::size_t gap = wide + 2 > kEndsColumn ? 2 : kEndsColumn - wide;
        if (wide + gap + width_of(ends) <= page_.width()) {
            head.push_back({std::string(gap, ' '), Ink::kPlain});
        } else {
            page_.paragraph(head, {});
            head = {{"  ", Ink::kPlain}};
        }
    }
    if (called || width_of(ends) > 0) page_.paragraph(head, ends);
}

void Report::write_explanation(const model::Verdict& verdict, Places places) {
    constexpr std::size_t kReasonsShown = 3;
    const Depth depth{.stacks = true,
                      .whole_stacks = options_.verbose,
                      .places = places,
                      .reasons = options_.verbose ? verdict.why.size() : kReasonsShown};
    for (const Fact& fact : explanation_of(verdict, page_, depth)) labelled(fact.label, fact.text);
}

void Report::write_details(const model::Verdict& verdict) {
    for (const Fact& fact : details_of(verdict, page_)) labelled(fact.label, fact.text);
}

void Report::lost(const model::LostEvents& lost) {
    std::string words = events_were_lost(lost.count);
    words += host_words(lost.host, page_);
    words += lost.cpu ? fmt::format(" on CPU {}", *lost.cpu) : " in the kernel, where a program was already running";
    if (lost.after_monotonic_ns != 0 && lost.before_monotonic_ns != 0)
        words += fmt::format(" between {} and {}", time(lost.after_monotonic_ns), time(lost.before_monotonic_ns));
    else if (lost.before_monotonic_ns != 0)
        words += fmt::format(" before {}", time(lost.before_monotonic_ns));
    page_.paragraph({{"tcpblame: ", Ink::kPlain}},
                    {{words, Ink::kUnsure}, {"; the verdicts about that time say so", Ink::kPlain}});
    report(notices_);
}

void Report::clock_set(const model::ClockSet& set) {
    const std::int64_t ahead = clock_.ahead_by(set);
    clock_.set(set);
    const std::uint64_t by =
        ahead < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(ahead) : static_cast<std::uint64_t>(ahead);
    // What is less is the time between two looks at two clocks: "59 min 59 s" would be reported of an hour.
    const std::uint64_t in_whole_ms = (by / kNsPerMs + (by % kNsPerMs >= kNsPerMs / 2 ? 1 : 0)) * kNsPerMs;
    const std::string_view what = ahead < 0 ? "back" : "ahead, or the machine slept,";
    page_.paragraph(
        {{"tcpblame: ", Ink::kPlain}},
        {{fmt::format("the clock was set {} {} at {}", duration(in_whole_ms), what, time(set.time_ns)), Ink::kPlain}});
    report(notices_);
}

void Report::end_notes(const model::RunEnd& end) {
    // The screens that named them are out of sight by now.
    if (std::max(end.verdicts, end.other_breaks()) > 1)
        page_.paragraph({{"more: ", Ink::kPlain}}, {{"tcpblame explain" + causes_reported(end), Ink::kPlain}});
    if (end.lost_events > 0)
        page_.paragraph({{events_were_lost(end.lost_events) + ": ", Ink::kUnsure}},
                        {{"something may have broken that is not reported here", Ink::kPlain}});
    if (end.evicted > 0)
        page_.paragraph({{counted(end.evicted, "socket") + " evicted before time: ", Ink::kUnsure}},
                        {{"--max-memory was reached; the verdicts that this may concern say so", Ink::kPlain}});
}

void Report::end(const model::RunEnd& end) {
    crowds_.finish();
    recurring_.finish();
    const std::string during =
        started_ns_ && end.monotonic_ns >= *started_ns_ ? " in " + duration(end.monotonic_ns - *started_ns_) : "";
    separate(Shape::kBlock);
    const auto summarize = [this](const std::string& what, const std::string& causes) {
        page_.paragraph({{what + (causes.empty() ? "" : ": "), Ink::kStrong}}, {{causes, Ink::kPlain}});
    };
    std::array<std::uint64_t, model::kCauseCount> writes = end.verdicts_by_cause;
    writes.at(static_cast<std::size_t>(model::Cause::kSentByProcess)) = 0;
    std::array<std::uint64_t, model::kCauseCount> breaks{};
    for (std::size_t index = 0; index < breaks.size(); ++index)
        breaks.at(index) = end.teardowns_by_cause.at(index) -
                           std::min(end.teardowns_by_cause.at(index), end.reported_by_writes.at(index));
    const std::uint64_t orderly =
        std::exchange(breaks.at(static_cast<std::size_t>(model::Cause::kOrderly)), std::uint64_t{0});
    const std::uint64_t failed = end.failed_writes();
    const std::uint64_t broken = end.other_breaks();
    if (end.verdicts == 0 && end.teardowns == 0 && end.passed_over > 0) {
        // "Nothing broke" would be false.
        summarize(
            fmt::format("0 of {} {}", counted(end.passed_over, "verdict"), end.passed_over == 1 ? "matches" : "match"),
            "what this report is asked for leaves all of them out");
    } else if (failed == 0 && broken == 0) {
        summarize("no write failed and no connection broke" + during, "");
    } else {
        summarize((failed == 0 ? "no write failed" : counted(failed, "failed write")) + during, tally(writes));
        // A write may have failed whose connection is not at its end yet: that it did not break is not said.
        if (broken > 0)
            summarize(counted(broken, failed > 0 ? "other broken connection" : "broken connection"), tally(breaks));
    }
    if (end.signals_sent() > 0) summarize(counted(end.signals_sent(), "SIGPIPE") + " that no write drew", "");
    if (end.passed_over > 0 && end.verdicts + end.teardowns > 0)
        summarize(counted(end.passed_over, "more verdict"), "not what this report is asked for");
    ranking_.draw(page_);
    for (const model::IdleCloser& each : end.idle_closers) summarize(idle_closer_words(each), "");
    if (orderly > 0) summarize(counted(orderly, "connection") + " ended in good order", "");
    end_notes(end);
    report(data_);
}

} // namespace tcpblame::render
