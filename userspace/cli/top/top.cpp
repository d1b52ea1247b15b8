#include "cli/top/top.hpp"

#include "cli/screen.hpp"
#include "cli/status_line.hpp"
#include "cli/trace.hpp"

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

Result<void> top(const Options& options) {
    if (auto good = check_terminal(); !good) return good;
    return trace(options);
}

Top::Top(const Options& options, Writer& writer)
    : options_(options),
      looks_(report_options(options, STDOUT_FILENO, std::time(nullptr))),
      dashboard_(looks_),
      summary_(summary_of(looks_), [&writer](std::string_view text) { writer.put(text); }, {}) {}

void Top::start(const model::RunStart& start) {
    start_ = start;
    dashboard_.start(start);
    summary_.start(start);
}

void Top::verdict(const model::Verdict& verdict) {
    dashboard_.verdict(verdict);
    summary_.verdict(verdict);
}

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
        if (!dashboard_.press(*key)) return false;
        is_due = true;
    }
    if (!is_due) return true;
    const render::ScreenSize size = screen_->size();
    const std::string status =
        status_words(start_, tally.end(model::RunEndReason::kInterrupted, now_ns), static_cast<unsigned>(size.columns),
                     looks_.unicode ? render::Charset::kUnicode : render::Charset::kAscii);
    screen_->draw(dashboard_.draw(status, size));
    due_ns_ = now_ns + static_cast<std::uint64_t>(options_.interval.count());
    return true;
}

void Top::note(const Error& note) { dashboard_.note(note.what + ": " + note.why); }

} // namespace tcpblame::cli
