/// Reads UTF-8 and says how much room each character takes on a terminal.
///
/// Not wcwidth(): that follows the process's locale, and a report has to look the same
/// under LC_ALL=C, in a test and when a recording is replayed on another machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tcpblame::render {

struct CodePoint {
    char32_t value = 0;
    std::size_t length = 0; ///< in bytes
};

/// The first character; nothing where the bytes are no valid UTF-8 (overlong forms,
/// surrogates and what lies beyond U+10FFFF are invalid), or there are none.
std::optional<CodePoint> first_code_point(std::string_view bytes);

/// How many bytes U+FFFD stands for where there is no first character: as many as could have begun one, as Unicode
/// recommends (3.9, "maximal subparts"), and one at least.
std::size_t broken_length(std::string_view bytes);

enum class Shape : std::uint8_t {
    kHidden, ///< steers the terminal, the order of the text, or shows nothing
    kMark,   ///< sits on the character before it
    kNarrow,
    kWide,
};

Shape shape_of(char32_t code_point);

} // namespace tcpblame::render
