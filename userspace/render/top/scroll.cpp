#include "render/top/scroll.hpp"

#include <algorithm>

namespace tcpblame::render {

std::size_t moved(std::size_t at, Key key, std::size_t last, std::size_t page) {
    const auto up = [at](std::size_t by) { return at - std::min(at, by); };
    const auto down = [at, last](std::size_t by) { return std::min(last, at + by); };
    switch (key) {
    case Key::kUp: return up(1);
    case Key::kDown: return down(1);
    case Key::kPageUp: return up(page);
    case Key::kPageDown: return down(page);
    case Key::kHome: return 0;
    case Key::kEnd: return last;
    default: return std::min(at, last);
    }
}

std::size_t first_in_sight(std::size_t first, std::size_t at, std::size_t lines, std::size_t page) {
    page = std::max<std::size_t>(page, 1);
    first = std::min(first, lines - std::min(lines, page));
    if (at < first) return at;
    return at >= first + page ? at - page + 1 : first;
}

} // namespace tcpblame::render
