/// Build ids: the linker's name for the very contents of a program or library.
#pragma once

#include <libelf.h>
#include <string>
#include <string_view>

namespace tcpblame::capture {

/// Lower-case hex; empty where the file has none.
std::string build_id_of(Elf* elf);

/// The kernel fills a short build id up with zeros to 20 bytes.
[[nodiscard]] bool is_same_build_id(std::string_view one, std::string_view other);

} // namespace tcpblame::capture
