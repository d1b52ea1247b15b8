#include "cli/top/top.hpp"

#include "cli/output/terminal.hpp"

#include <ctime>
#include <optional>
#include <unistd.h>

namespace tcpblame::cli {
namespace {

/// Whatever is pasted there, events are to be read in between.
constexpr int kMostKeysAtOnce = 100;

render::ReportOptions summary_of(render::ReportOptions looks) {
    looks.summary_only = true;
    return looks;
}

} // namespace

Top::Shown::Shown(const render::ReportOptions& looks, Writer& writer)
    : dashboard(looks), summary(summary_of(looks), [&writer](std::string_view text) { writer.put(text); }, {}) {}

void Top::Shown::start(const model::RunStart& start) {
    dashboard.start(start);
    summary.start(start);
}

void Top::Shown::verdict(const model::Verdict& verdict) {
    dashboard.verdict(verdict);
    summary.verdict(verdict);
}

Top::Top(const OutputOptions& options, std::chrono::nanoseconds interval, Writer& writer)
    : looks_(report_options(options, {}, STDOUT_FILENO, std::time(nullptr))),
      shown_(looks_, writer),
      interval_(interval) {}

void Top::start(const model::RunStart& start) {
    start_ = start;
    LiveView::start(start);
}

std::optional<int> Top::input() const { return STDIN_FILENO; }

Result<void> Top::enter() {
    auto opened = CursesScreen::open(looks_.color);
    if (!opened) return tl::unexpected(opened.error());
    screen_ = std::move(*opened);
    return {};
}

bool Top::attend(const Tally& tally, std::uint64_t now_ns) {
    if (CursesScreen::is_gone()) return false;
    bool is_due = screen_->stop_if_asked() || now_ns >= due_ns_;
    for (int keys = 0; keys < kMostKeysAtOnce; ++keys) {
        const std::optional<render::Key> key = screen_->next_key();
        if (!key) break;
        if (!shown_.dashboard.press(*key)) return false;
        is_due = true;
    }
    if (!is_due) return true;
    const render::ScreenSize size = screen_->size();
    const std::string status =
        status_words(start_, tally.end(model::RunEndReason::kInterrupted, now_ns), static_cast<unsigned>(size.columns),
                     looks_.unicode ? render::Charset::kUnicode : render::Charset::kAscii);
    screen_->draw(shown_.dashboard.draw(status, size));
    due_ns_ = now_ns + static_cast<std::uint64_t>(interval_.count());
    return true;
}

void Top::note(const Error& note) { shown_.dashboard.note(note.what + ": " + note.why); }

} // namespace tcpblame::cli
