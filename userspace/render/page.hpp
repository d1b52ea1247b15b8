/// Sets text in lines that never exceed a width: what every part of a report is written on.
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
};

const Signs& signs_of(Charset charset);

class Page {
public:
    struct Paper {
        std::size_t width = 80;
        bool color = false;
        Charset charset = Charset::kUnicode;
    };

    explicit Page(const Paper& paper);

    std::size_t width() const { return width_; }
    Charset charset() const { return charset_; }
    const Signs& signs() const { return signs_of(charset_); }
    /// printable() in this page's character set.
    std::string safe(std::string_view untrusted, std::size_t max_width = kAnyWidth) const;

    void blank();
    /// `head`, then `text` beside it, broken at spaces and continued under its own beginning.
    /// A word that has no room on a line of its own is broken anywhere.
    void paragraph(const Line& head, const Line& text);

    /// `text` beside `head` with its gaps as they are, where it fits; else a paragraph.
    void line(const Line& head, const Line& text);

    /// A line as long as it is, whatever the width.
    void unbroken(const Line& whole) { put(whole); }

    /// What was written since the last take.
    std::string take();

private:
    void put(Line line);

    std::size_t width_;
    Charset charset_;
    Style style_;
    std::string text_;
};

} // namespace tcpblame::render
