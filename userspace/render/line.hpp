/// A line of text in several inks, and the signs that it may use.
#pragma once

#include "render/escape.hpp"
#include "render/style.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::render {

/// Text in one ink. It must be safe already: it came from here, or through printable().
struct Span {
    std::string text;
    Ink ink = Ink::kPlain;
};

using Line = std::vector<Span>;

std::size_t width_of(const Line& line);

/// The signs that are drawn with, in the terminal's character set.
struct Signs {
    std::string_view arrow_left, shaft, arrow_right;
    std::string_view cross;
    std::string_view to;     ///< from one address to the other
    std::string_view from;   ///< who suffered it, and from whom
    std::string_view caller; ///< between a stack frame and the one that called it
    std::string_view micro;
    std::string_view dot;      ///< an event that no arrow stands for
    std::string_view ellipsis; ///< for what is not shown
    std::string_view between;  ///< names of one thing
};

const Signs& signs_of(Charset charset);

} // namespace tcpblame::render
