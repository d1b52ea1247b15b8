/// Sets text in lines that never exceed a width: what every part of a report is written on.
#pragma once

#include "render/escape.hpp"
#include "render/line.hpp"
#include "render/style.hpp"
#include "render/wording/writing.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tcpblame::render {

class Page : public Writing {
public:
    struct Paper {
        std::size_t width = 80;
        bool color = false;
        Charset charset = Charset::kUnicode;
    };

    explicit Page(const Paper& paper);

    [[nodiscard]] std::size_t width() const { return width_; }
    [[nodiscard]] Charset charset() const { return charset_; }
    [[nodiscard]] const Signs& signs() const override { return signs_of(charset_); }
    /// printable() in this page's character set.
    [[nodiscard]] std::string safe(std::string_view untrusted, std::size_t max_width = kAnyWidth) const override;

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
