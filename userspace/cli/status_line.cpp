#include "cli/status_line.hpp"

#include "cli/messages.hpp"
#include "cli/terminal.hpp"
#include "render/escape.hpp"
#include "render/quantity.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <string_view>
#include <unistd.h>

namespace tcpblame::cli {
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

} // namespace tcpblame::cli
