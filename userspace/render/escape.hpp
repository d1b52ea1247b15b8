/// Makes what a process chose (its name, a path) safe to show on a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tcpblame::render {

enum class Charset : std::uint8_t { kUnicode, kAscii };

inline constexpr std::size_t kAnyWidth = std::string_view::npos;

/// Valid UTF-8 text is kept. Control bytes, ESC, DEL, C1, bidi overrides, characters that
/// show nothing, and invalid UTF-8 become \xNN, byte by byte. What needs more than
/// `max_width` columns is cut and ends in an ellipsis. In kAscii nothing beyond ASCII
/// comes out: punctuation gets its typewriter form, the rest becomes \xNN.
std::string printable(std::string_view untrusted, std::size_t max_width, Charset charset = Charset::kUnicode);

/// Columns that a text without control characters takes.
std::size_t display_width(std::string_view safe);

/// How many bytes of such a text fit into so many columns without tearing a character.
std::size_t bytes_that_fit(std::string_view safe, std::size_t columns);

} // namespace tcpblame::render
