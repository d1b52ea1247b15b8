#include "render/top/screen_line.hpp"

#include <algorithm>

namespace tcpblame::render {
namespace {

/// "ESC[1;31m" at its beginning.
constexpr std::string_view kCodeBegins = "\x1b[";
constexpr char kCodeEnds = 'm';

Line unpainted(std::string_view painted) {
    Line line;
    Ink ink = Ink::kPlain;
    while (!painted.empty()) {
        const std::size_t code = std::min(painted.find(kCodeBegins), painted.size());
        if (code > 0) line.push_back({std::string{painted.substr(0, code)}, ink});
        painted.remove_prefix(code);
        if (painted.empty()) break;
        painted.remove_prefix(kCodeBegins.size());
        const std::size_t end = std::min(painted.find(kCodeEnds), painted.size());
        ink = Style::ink_of(painted.substr(0, end));
        painted.remove_prefix(std::min(end + 1, painted.size()));
    }
    return line;
}

} // namespace

Line part_of(const Line& line, std::size_t skip, std::size_t columns) {
    Line part;
    for (const Span& span : line) {
        std::string_view rest = span.text;
        const std::size_t skipped = bytes_that_fit(rest, skip);
        skip -= std::min(skip, display_width(rest.substr(0, skipped)));
        rest.remove_prefix(skipped);
        if (rest.empty()) continue;
        skip = 0; // half of a wide character is none
        const std::size_t fits = bytes_that_fit(rest, columns);
        if (fits > 0) part.push_back({std::string{rest.substr(0, fits)}, span.ink});
        if (fits < rest.size()) break;
        columns -= display_width(rest);
    }
    return part;
}

std::vector<Line> lines_of(std::string_view painted) {
    std::vector<Line> lines;
    while (!painted.empty()) {
        const std::size_t end = std::min(painted.find('\n'), painted.size());
        lines.push_back(unpainted(painted.substr(0, end)));
        painted.remove_prefix(std::min(end + 1, painted.size()));
    }
    return lines;
}

} // namespace tcpblame::render
