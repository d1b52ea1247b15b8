#include "render/unicode.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace tcpblame::render {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Unicode 14: the categories Cc, Cf, Zl and Zp, and what is to be ignored where it cannot
// be shown (variation selectors, fillers). Non-characters are looked for elsewhere.
constexpr std::array kHidden = {
    Range{0x0, 0x1F},        Range{0x7F, 0x9F},       Range{0xAD, 0xAD},       Range{0x34F, 0x34F},
    Range{0x600, 0x605},     Range{0x61C, 0x61C},     Range{0x6DD, 0x6DD},     Range{0x70F, 0x70F},
    Range{0x890, 0x891},     Range{0x8E2, 0x8E2},     Range{0x115F, 0x1160},   Range{0x17B4, 0x17B5},
    Range{0x180B, 0x180F},   Range{0x200B, 0x200F},   Range{0x2028, 0x202E},   Range{0x2060, 0x206F},
    Range{0x3164, 0x3164},   Range{0xFE00, 0xFE0F},   Range{0xFEFF, 0xFEFF},   Range{0xFFA0, 0xFFA0},
    Range{0xFFF0, 0xFFFB},   Range{0x110BD, 0x110BD}, Range{0x110CD, 0x110CD}, Range{0x13430, 0x1343F},
    Range{0x1BCA0, 0x1BCA3}, Range{0x1D173, 0x1D17A}, Range{0xE0000, 0xE0FFF},
};

// The marks of the scripts that names are likely to be written in. One that is not listed
// counts as a column of its own: a line then ends early, and never late.
constexpr std::array kMarks = {
    Range{0x300, 0x36F},   Range{0x483, 0x489},   Range{0x591, 0x5BD},   Range{0x5BF, 0x5BF},   Range{0x5C1, 0x5C2},
    Range{0x5C4, 0x5C5},   Range{0x5C7, 0x5C7},   Range{0x610, 0x61A},   Range{0x64B, 0x65F},   Range{0x670, 0x670},
    Range{0x6D6, 0x6DC},   Range{0x6DF, 0x6E4},   Range{0x6E7, 0x6E8},   Range{0x6EA, 0x6ED},   Range{0x900, 0x902},
    Range{0x93A, 0x93A},   Range{0x93C, 0x93C},   Range{0x941, 0x948},   Range{0x94D, 0x94D},   Range{0x951, 0x957},
    Range{0x962, 0x963},   Range{0xE31, 0xE31},   Range{0xE34, 0xE3A},   Range{0xE47, 0xE4E},   Range{0x1AB0, 0x1AFF},
    Range{0x1DC0, 0x1DFF}, Range{0x20D0, 0x20F0}, Range{0x302A, 0x302D}, Range{0x3099, 0x309A}, Range{0xFE20, 0xFE2F},
};

// East Asian Width W and F. The emoji blocks are taken whole: a narrow one among them that
// counts as wide makes a line end early, and never late.
constexpr std::array kWide = {
    Range{0x1100, 0x115E},   Range{0x231A, 0x231B},   Range{0x2329, 0x232A},   Range{0x23E9, 0x23F3},
    Range{0x25FD, 0x25FE},   Range{0x2614, 0x2615},   Range{0x2648, 0x2653},   Range{0x267F, 0x267F},
    Range{0x2693, 0x2693},   Range{0x26A1, 0x26A1},   Range{0x26AA, 0x26AB},   Range{0x26BD, 0x26BE},
    Range{0x26C4, 0x26C5},   Range{0x26CE, 0x26CE},   Range{0x26D4, 0x26D4},   Range{0x26EA, 0x26EA},
    Range{0x26F2, 0x26FD},   Range{0x2705, 0x2705},   Range{0x270A, 0x270B},   Range{0x2728, 0x2728},
    Range{0x274C, 0x274C},   Range{0x274E, 0x274E},   Range{0x2753, 0x2757},   Range{0x2795, 0x2797},
    Range{0x27B0, 0x27B0},   Range{0x27BF, 0x27BF},   Range{0x2B1B, 0x2B1C},   Range{0x2B50, 0x2B50},
    Range{0x2B55, 0x2B55},   Range{0x2E80, 0x303E},   Range{0x3041, 0x4DBF},   Range{0x4E00, 0xA4CF},
    Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE10, 0xFE19},
    Range{0xFE30, 0xFE6F},   Range{0xFF01, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x16FE0, 0x18DFF},
    Range{0x1AFF0, 0x1B2FF}, Range{0x1F004, 0x1F004}, Range{0x1F0CF, 0x1F0CF}, Range{0x1F18E, 0x1F19A},
    Range{0x1F1E6, 0x1F6FF}, Range{0x1F7E0, 0x1F7F0}, Range{0x1F900, 0x1FAFF}, Range{0x20000, 0x3FFFD},
};

template <std::size_t kSize>
bool is_in(const std::array<Range, kSize>& ranges, char32_t code_point) {
    const auto past = std::upper_bound(ranges.begin(), ranges.end(), code_point,
                                       [](char32_t value, const Range& range) { return value < range.first; });
    return past != ranges.begin() && code_point <= std::prev(past)->last;
}

bool is_non_character(char32_t code_point) {
    return (code_point & 0xFFFE) == 0xFFFE || (code_point >= 0xFDD0 && code_point <= 0xFDEF);
}

struct Lead {
    std::size_t length = 0; ///< 0: no byte to begin with
    char32_t bits = 0;
    char32_t least = 0; ///< anything below has a shorter form
};

Lead lead_of(unsigned char byte) {
    if (byte < 0x80) return {1, byte, 0};
    if ((byte & 0xE0) == 0xC0) return {2, char32_t{byte} & 0x1F, 0x80};
    if ((byte & 0xF0) == 0xE0) return {3, char32_t{byte} & 0x0F, 0x800};
    if ((byte & 0xF8) == 0xF0) return {4, char32_t{byte} & 0x07, 0x10000};
    return {};
}

} // namespace

std::optional<CodePoint> first_code_point(std::string_view bytes) {
    if (bytes.empty()) return std::nullopt;
    const Lead lead = lead_of(static_cast<unsigned char>(bytes.front()));
    if (lead.length == 0 || lead.length > bytes.size()) return std::nullopt;
    char32_t value = lead.bits;
    for (const char byte : bytes.substr(1, lead.length - 1)) {
        const auto next = static_cast<unsigned char>(byte);
        if ((next & 0xC0) != 0x80) return std::nullopt;
        value = (value << 6) | (char32_t{next} & 0x3F);
    }
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < lead.least || value > 0x10FFFF || surrogate) return std::nullopt;
    return CodePoint{value, lead.length};
}

std::size_t broken_length(std::string_view bytes) {
    const auto at = [bytes](std::size_t index) { return static_cast<unsigned char>(bytes[index]); };
    const unsigned char lead = at(0);
    if (bytes.size() < 2 || lead < 0xC2 || lead > 0xF4) return 1;
    // By its second byte an overlong form, a surrogate and what lies beyond U+10FFFF is known for one.
    const unsigned char least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (at(1) < least || at(1) > most) return 1;
    // One that has a third byte it may have, too, lacks its fourth.
    return lead >= 0xF0 && bytes.size() > 2 && (at(2) & 0xC0) == 0x80 ? 3 : 2;
}

Shape shape_of(char32_t code_point) {
    if (code_point >= 0x20 && code_point < 0x7F) return Shape::kNarrow;
    if (is_in(kHidden, code_point) || is_non_character(code_point)) return Shape::kHidden;
    if (is_in(kMarks, code_point)) return Shape::kMark;
    return is_in(kWide, code_point) ? Shape::kWide : Shape::kNarrow;
}

} // namespace tcpblame::render
