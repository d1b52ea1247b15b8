#include "render/style.hpp"

#include <fmt/format.h>

namespace tcpblame::render {

namespace {

// The terminal's own sixteen colours only: its theme has made them legible, light or dark.
std::string_view code_of(Ink ink) {
    switch (ink) {
    case Ink::kPlain: return {};
    case Ink::kStrong: return "1";
    case Ink::kBad: return "1;31";
    case Ink::kUnsure: return "33";
    case Ink::kFaint: return "2";
    }
    return {};
}

} // namespace

std::string Style::paint(Ink ink, std::string_view text) const {
    const std::string_view code = code_of(ink);
    if (!color_ || code.empty() || text.empty()) return std::string{text};
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

Ink Style::ink_of(std::string_view code) {
    for (const Ink ink : {Ink::kStrong, Ink::kBad, Ink::kUnsure, Ink::kFaint})
        if (code_of(ink) == code) return ink;
    return Ink::kPlain;
}

} // namespace tcpblame::render
