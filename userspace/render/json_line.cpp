#include "render/json_line.hpp"

#include "render/unicode.hpp"

#include <algorithm>
#include <array>

namespace tcpblame::render {

namespace {

constexpr bool is_plain(unsigned char byte) { return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\'; }

constexpr auto kIsPlain = [] {
    std::array<bool, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte) table.at(byte) = is_plain(static_cast<unsigned char>(byte));
    return table;
}();

constexpr char32_t kReplacement = 0xFFFD;

/// Of those that JSON has a short form for; 0 for the others.
char short_form(char byte) {
    switch (byte) {
    case '"':
    case '\\': return byte;
    case '\b': return 'b';
    case '\t': return 't';
    case '\n': return 'n';
    case '\f': return 'f';
    case '\r': return 'r';
    default: return 0;
    }
}

void append_unit(fmt::memory_buffer& buffer, char32_t unit) {
    fmt::format_to(fmt::appender(buffer), "\\u{:04x}", static_cast<std::uint32_t>(unit));
}

/// Beyond the basic plane JSON has two surrogates for a character.
void append_code_point(fmt::memory_buffer& buffer, char32_t value) {
    if (value < 0x10000) return append_unit(buffer, value);
    append_unit(buffer, 0xD800 + ((value - 0x10000) >> 10));
    append_unit(buffer, 0xDC00 + ((value - 0x10000) & 0x3FF));
}

} // namespace

void JsonLine::begin() {
    buffer_.clear();
    append('{');
}

std::string_view JsonLine::end() {
    append("}\n");
    return {buffer_.data(), buffer_.size()};
}

void JsonLine::append_hex(std::uint64_t number) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::array<char, 2 * sizeof(number)> digits{};
    std::size_t at = digits.size();
    do digits.at(--at) = kDigits[number & 15];
    while ((number >>= 4) != 0);
    append("\"0x");
    append({digits.data() + at, digits.size() - at});
    append('"');
}

void JsonLine::append_text(std::string_view text) {
    append('"');
    while (true) {
        const auto* const stop = std::find_if_not(text.begin(), text.end(),
                                                  [](char byte) { return kIsPlain[static_cast<unsigned char>(byte)]; });
        const auto plain = static_cast<std::size_t>(stop - text.begin());
        append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        text.remove_prefix(append_escaped(text));
    }
    append('"');
}

std::size_t JsonLine::append_escaped(std::string_view rest) {
    if (const char letter = short_form(rest.front()); letter != 0) {
        append('\\');
        append(letter);
        return 1;
    }
    const auto point = first_code_point(rest);
    append_code_point(buffer_, point ? point->value : kReplacement);
    return point ? point->length : broken_length(rest);
}

} // namespace tcpblame::render
