#include "render/escape.hpp"

#include "render/unicode.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tcpblame::render {

namespace {

// Letters of living languages carry three marks at most; a heap of them paints over the lines above.
constexpr int kMarksOnOneCharacter = 4;

struct TypewriterForm {
    char32_t code_point;
    std::string_view ascii;
};

// What the summaries and notes of this program may hold beyond ASCII.
constexpr std::array kTypewriterForms = {
    TypewriterForm{0xA0, " "},     TypewriterForm{0xB5, "u"},    TypewriterForm{0xD7, "x"},
    TypewriterForm{0x2013, "-"},   TypewriterForm{0x2014, "-"},  TypewriterForm{0x2018, "'"},
    TypewriterForm{0x2019, "'"},   TypewriterForm{0x201C, "\""}, TypewriterForm{0x201D, "\""},
    TypewriterForm{0x2026, "..."}, TypewriterForm{0x2190, "<-"}, TypewriterForm{0x2192, "->"},
    TypewriterForm{0x2212, "-"},
};

/// The smallest part of a text that is shown or cut as a whole.
struct Piece {
    std::string text;
    std::size_t width = 0;
    std::size_t consumed = 0;
};

std::string escaped(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    return text;
}

std::string ascii_of(const CodePoint& point, std::string_view bytes) {
    if (point.value < 0x80) return std::string{bytes};
    for (const TypewriterForm& form : kTypewriterForms)
        if (form.code_point == point.value) return std::string{form.ascii};
    return escaped(bytes);
}

/// Walks over untrusted bytes; remembers how many marks the current character bears.
class Pieces {
public:
    Pieces(std::string_view bytes, Charset charset) : rest_(bytes), charset_(charset) {}

    [[nodiscard]] bool done() const { return rest_.empty(); }

    Piece next() {
        Piece piece = make();
        rest_.remove_prefix(piece.consumed);
        return piece;
    }

private:
    Piece make() {
        const auto point = first_code_point(rest_);
        const std::string_view bytes = rest_.substr(0, point ? point->length : 1);
        const Shape shape = point ? shape_of(point->value) : Shape::kHidden;
        if (shape == Shape::kHidden || (shape == Shape::kMark && marks_left_ == 0)) {
            marks_left_ = 0;
            return narrow(escaped(bytes), bytes.size());
        }
        if (charset_ == Charset::kAscii) return narrow(ascii_of(*point, bytes), bytes.size());
        if (shape == Shape::kMark) {
            --marks_left_;
            return {std::string{bytes}, 0, bytes.size()};
        }
        marks_left_ = kMarksOnOneCharacter;
        return {std::string{bytes}, shape == Shape::kWide ? std::size_t{2} : std::size_t{1}, bytes.size()};
    }

    static Piece narrow(std::string text, std::size_t consumed) {
        const std::size_t width = text.size();
        return {std::move(text), width, consumed};
    }

    std::string_view rest_;
    Charset charset_;
    int marks_left_ = 0;
};

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char byte) { return byte >= 0x20 && byte < 0x7F; });
}

} // namespace

std::string printable(std::string_view untrusted, std::size_t max_width, Charset charset) {
    if (untrusted.size() <= max_width && is_plain(untrusted)) return std::string{untrusted};
    const std::string_view ellipsis = charset == Charset::kAscii ? "..." : "…";
    const std::size_t ellipsis_width = charset == Charset::kAscii ? 3 : 1;
    if (max_width < ellipsis_width) return std::string(untrusted.empty() ? 0 : max_width, '.');

    std::string text;
    std::size_t width = 0;
    std::size_t cut = 0; // where the text ends if an ellipsis has to follow
    for (Pieces pieces(untrusted, charset); !pieces.done();) {
        const Piece piece = pieces.next();
        if (piece.width > max_width - width) return text.substr(0, cut).append(ellipsis);
        text += piece.text;
        width += piece.width;
        if (width <= max_width - ellipsis_width) cut = text.size();
    }
    return text;
}

std::size_t display_width(std::string_view safe) {
    std::size_t width = 0;
    for (Pieces pieces(safe, Charset::kUnicode); !pieces.done();) width += pieces.next().width;
    return width;
}

std::size_t bytes_that_fit(std::string_view safe, std::size_t columns) {
    std::size_t bytes = 0;
    for (Pieces pieces(safe, Charset::kUnicode); !pieces.done();) {
        const Piece piece = pieces.next();
        if (piece.width > columns) break;
        columns -= piece.width;
        bytes += piece.consumed;
    }
    return bytes;
}

} // namespace tcpblame::render
