#include "cli/live/view.hpp"

#include "record/recorder.hpp"
#include "render/quantity.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fmt/format.h>
#include <string_view>
#include <unistd.h>

namespace tcpblame::cli {

void LiveView::start(const model::RunStart& start) {
    print_limits(start.limits);
    output().start(start);
}

void LiveView::note(const Error& note) { print_error(note); }
namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;
/// To the line's beginning, and all of it erased.
constexpr std::string_view kErase = "\r\x1b[K";

bool can_erase() {
    const char* terminal = std::getenv("TERM");
    return isatty(STDERR_FILENO) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

} // namespace

std::string status_words(const model::RunStart& start, const model::RunEnd& so_far, unsigned columns,
                         render::Charset charset) {
    const std::uint64_t passed = so_far.monotonic_ns - std::min(so_far.monotonic_ns, start.monotonic_ns);
    const std::string time = passed < kSecondNs ? "0 s" : render::duration(passed / kSecondNs * kSecondNs);
    std::string rest = fmt::format(" | {} | {}, {}", time, render::counted(so_far.failed_writes(), "failed write"),
                                   render::counted(so_far.other_breaks(), "other break"));
    if (so_far.lost_events > 0) rest += fmt::format(" | {} lost", render::counted(so_far.lost_events, "event"));
    const std::string watching = "watching " + render::printable(start.watching, columns, charset);
    // The first to be left out where there is no room.
    if (start.open_connections) {
        const std::string open = fmt::format(", {} open at first", render::grouped(*start.open_connections));
        if (render::display_width(watching) + open.size() + rest.size() <= columns) rest = open + rest;
    }
    const std::size_t room = columns > rest.size() ? columns - rest.size() : 1;
    return render::printable(render::printable(watching, room, charset) + rest, columns, charset);
}

StatusLine::StatusLine(bool wanted)
    : wanted_(wanted && can_erase()),
      charset_(takes_unicode(STDERR_FILENO) ? render::Charset::kUnicode : render::Charset::kAscii) {}

void StatusLine::show(const model::RunStart& start, const Tally& tally, std::uint64_t now_ns) {
    if (!wanted_ || (shown_ && now_ns < due_ns_)) return;
    // In the last column some terminals would begin a new line.
    const std::string words =
        status_words(start, tally.end(model::RunEndReason::kInterrupted, now_ns), width_of(STDERR_FILENO) - 1);
    put_on_stderr(fmt::format("{}{}", kErase, words));
    shown_ = true;
    due_ns_ = now_ns + kSecondNs;
}

void StatusLine::hide() {
    if (!shown_) return;
    put_on_stderr(kErase);
    shown_ = false;
}

ScreenView::ScreenView(const OutputOptions& options, Writer& writer, bool with_status, ScreenUse use)
    : prints_limits_(!is_of_json_lines(options.format)),
      status_(with_status),
      screen_(make_screen(options, use, writer, std::time(nullptr), [this] { status_.hide(); })) {}

void ScreenView::start(const model::RunStart& start) {
    start_ = start;
    if (prints_limits_) print_limits(start.limits);
    screen_->start(start);
}

bool ScreenView::attend(const Tally& tally, std::uint64_t now_ns) {
    status_.show(start_, tally, now_ns);
    return true;
}

void ScreenView::note(const Error& note) {
    status_.hide();
    print_error(note);
}

namespace {

class NoticeOutput : public render::Output {
public:
    NoticeOutput(const RecordingOptions& recording, const StoreOptions& store)
        : file_(recording.file),
          files_(recording.rotation.wanted() ? recording.rotation.files : 0),
          store_(store.url ? store::to_string(*store.url) : "") {}

    void start(const model::RunStart& start) override {
        print_error({ExitCode::kOk, fmt::format("recording {} into {}; Ctrl-C ends", start.watching, place()), {}, {}});
    }
    void verdict(const model::Verdict& /*verdict*/) override {}
    void lost(const model::LostEvents& /*lost*/) override {}
    void end(const model::RunEnd& end) override {
        print_error({ExitCode::kOk,
                     fmt::format("recorded {}, {}, {}{}", render::counted(end.failed_writes(), "failed write"),
                                 render::counted(end.other_breaks(), "other broken connection"), sent(end),
                                 render::counted(end.lost_events, "lost event")),
                     {},
                     file_ == "-" ? "" : fmt::format("to see them: tcpblame report {}", where())});
    }

private:
    static std::string sent(const model::RunEnd& end) {
        if (end.signals_sent() == 0) return {};
        return render::counted(end.signals_sent(), "SIGPIPE") + " that no write drew, ";
    }
    [[nodiscard]] std::string where() const {
        if (file_.empty()) return "--store " + store_;
        return file_ + (files_ == 0 ? "" : ".*");
    }
    [[nodiscard]] std::string place() const {
        if (file_.empty()) return store_;
        if (!store_.empty()) return files_place() + " and " + store_;
        return files_place();
    }
    [[nodiscard]] std::string files_place() const {
        if (files_ == 0) return file_ == "-" ? "standard output" : file_;
        return fmt::format("{} to {}, one after the other", record::name_of_part(file_, 1), files_);
    }

    std::string file_;
    std::uint32_t files_; ///< of a ring; 0: it is the one
    std::string store_;   ///< empty: none
};

} // namespace

RecordNotice::RecordNotice(const RecordingOptions& recording, const StoreOptions& store)
    : notice_(std::make_unique<NoticeOutput>(recording, store)) {}

} // namespace tcpblame::cli
