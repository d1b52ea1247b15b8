#include "render/top/help_page.hpp"

#include "render/top/rate.hpp"

#include <fmt/format.h>

namespace tcpblame::render {
namespace {

constexpr int kKeysWidth = 16;

Line entry(std::string_view what, std::string_view means) {
    return {{fmt::format("  {:<{}}", what, kKeysWidth), Ink::kStrong}, {std::string{means}, Ink::kPlain}};
}

Line heading(std::string_view words) { return {{std::string{words}, Ink::kFaint}}; }

} // namespace

std::vector<Line> help_page() {
    return {
        heading("Keys"),
        entry("Up Down j k", "choose a row; PgUp PgDn Home End: by pages, to the ends"),
        entry("Left Right", "all of a table that has no room, a part of it at a time"),
        entry("Enter", "the newest verdict of the row; again, Esc or q: back"),
        entry("c r l n", "sort by COUNT, RATE, LAST, PROCESS (name)"),
        entry("< >", "sort by the column to the left, to the right"),
        entry("R", "sort the other way round"),
        entry("p Space", "hold what is shown, and go on; it counts meanwhile"),
        entry("h ?", "this help"),
        entry("q Ctrl-C", "end, with a summary; Ctrl-Z: stop, fg goes on"),
        {},
        heading("Columns"),
        entry("COUNT", "failed writes and broken connections of this kind"),
        entry("RATE/s", fmt::format("how many of them a second, over the last {} s", Rate::kSeconds)),
        entry("LAST", "how long ago the last one was"),
        entry("PROCESS", "whose write failed or connection broke [pid, if it is one]"),
        entry("PEER", "who broke it, or the address, where no process is known"),
        entry("CAUSE", "tcpblame explain CAUSE says more; (inferred): of at least"),
        entry("", "one of them the deciding act itself was not seen"),
    };
}

} // namespace tcpblame::render
