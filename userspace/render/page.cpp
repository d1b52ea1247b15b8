#include "render/page.hpp"

#include <algorithm>
#include <utility>

namespace tcpblame::render {

namespace {

constexpr Signs kUnicodeSigns = {"◄", "─", "►", "✗", "→", "←", "◂", "µ", "·", "…", " · "};
constexpr Signs kAsciiSigns = {"<", "-", ">", "x", "->", "<-", "<", "u", "*", "...", " - "};

// A head may take what it likes, but a paragraph narrower than this is a column of syllables.
constexpr std::size_t kLeastTextWidth = 16;
constexpr std::size_t kIndentBelowWideHead = 4;

Line blanks(std::size_t columns) { return {{std::string(columns, ' '), Ink::kPlain}}; }

void append(Line& line, std::string_view text, Ink ink) {
    if (!line.empty() && line.back().ink == ink)
        line.back().text += text;
    else
        line.push_back({std::string{text}, ink});
}

void append(Line& line, const Line& more) {
    for (const Span& span : more) append(line, span.text, span.ink);
}

/// A word may change its ink midway: "(inferred):" is three spans and one word.
std::vector<Line> words_of(const Line& text) {
    std::vector<Line> words;
    bool inside = false;
    for (const Span& span : text) {
        std::string_view rest = span.text;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            if (end == 0) {
                inside = false;
                rest.remove_prefix(1);
                continue;
            }
            if (!inside) words.emplace_back();
            inside = true;
            append(words.back(), rest.substr(0, end), span.ink);
            rest.remove_prefix(end);
        }
    }
    return words;
}

/// The word itself where it fits, else its pieces.
std::vector<Line> cut_to(const Line& word, std::size_t width) {
    std::vector<Line> pieces(1);
    std::size_t room = width;
    for (const Span& span : word) {
        std::string_view rest = span.text;
        while (!rest.empty()) {
            const std::size_t fits = bytes_that_fit(rest, room);
            if (fits == 0) {
                pieces.emplace_back();
                room = width;
                continue;
            }
            append(pieces.back(), rest.substr(0, fits), span.ink);
            room -= display_width(rest.substr(0, fits));
            rest.remove_prefix(fits);
        }
    }
    return pieces;
}

Ink ink_between(const Line& before, const Line& after) {
    const Ink left = before.back().ink;
    return left == after.front().ink ? left : Ink::kPlain;
}

void trim_end(Line& line) {
    while (!line.empty()) {
        std::string& text = line.back().text;
        text.erase(text.find_last_not_of(' ') + 1);
        if (!text.empty()) return;
        line.pop_back();
    }
}

} // namespace

std::size_t width_of(const Line& line) {
    std::size_t width = 0;
    for (const Span& span : line) width += display_width(span.text);
    return width;
}

const Signs& signs_of(Charset charset) { return charset == Charset::kAscii ? kAsciiSigns : kUnicodeSigns; }

Page::Page(const Paper& paper) : width_(paper.width), charset_(paper.charset), style_(paper.color) {}

std::string Page::safe(std::string_view untrusted, std::size_t max_width) const {
    return printable(untrusted, max_width, charset_);
}

void Page::blank() { text_ += '\n'; }

void Page::put(Line line) {
    trim_end(line);
    for (const Span& span : line) text_ += style_.paint(span.ink, span.text);
    text_ += '\n';
}

void Page::paragraph(const Line& head, const Line& text) {
    std::size_t indent = width_of(head);
    Line line = head;
    if (!text.empty() && indent + kLeastTextWidth > width_) {
        indent = kIndentBelowWideHead;
        put(std::exchange(line, blanks(indent)));
    }
    const std::size_t room = width_ - std::min(indent, width_);
    std::size_t used = 0;
    for (const Line& word : words_of(text)) {
        for (const Line& piece : cut_to(word, room)) {
            const std::size_t wide = width_of(piece);
            if (used != 0 && used + 1 + wide > room) {
                put(std::exchange(line, blanks(indent)));
                used = 0;
            }
            if (used != 0) {
                append(line, " ", ink_between(line, piece));
                ++used;
            }
            append(line, piece);
            used += wide;
        }
    }
    put(std::move(line));
}

void Page::line(const Line& head, const Line& text) {
    if (width_of(head) + width_of(text) > width_) {
        paragraph(head, text);
        return;
    }
    Line whole = head;
    append(whole, text);
    put(std::move(whole));
}

std::string Page::take() { return std::exchange(text_, {}); }

} // namespace tcpblame::render
