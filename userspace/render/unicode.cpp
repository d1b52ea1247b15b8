#include "render/unicode.hpp"

#include <algorithm>
#include <utf8proc.h>

namespace tcpblame::render {

namespace {

constexpr std::size_t kLongestSequence = 4;

} // namespace

std::optional<CodePoint> first_code_point(std::string_view bytes) {
    if (bytes.empty()) return std::nullopt;
    utf8proc_int32_t value = 0;
    const utf8proc_ssize_t length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
                         static_cast<utf8proc_ssize_t>(std::min(bytes.size(), kLongestSequence)), &value);
    if (length <= 0) return std::nullopt;
    return CodePoint{static_cast<char32_t>(value), static_cast<std::size_t>(length)};
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
    const auto value = static_cast<utf8proc_int32_t>(code_point);
    const utf8proc_property_t& property = *utf8proc_get_property(value);
    if (property.ignorable) return Shape::kHidden;
    switch (property.category) {
    case UTF8PROC_CATEGORY_CN: // not assigned, or never will be
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return Shape::kHidden;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME: return Shape::kMark;
    default: break;
    }
    // Two of them are one flag, in terminals that know it. A narrow one that counts as wide makes a line end early, and
    // never late.
    const bool is_half_a_flag = property.boundclass == UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR;
    return is_half_a_flag || utf8proc_charwidth(value) > 1 ? Shape::kWide : Shape::kNarrow;
}

} // namespace tcpblame::render
