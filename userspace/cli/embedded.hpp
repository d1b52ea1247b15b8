/// The version, and the texts that the program carries: explanations of causes, the man pages of the commands, and the
/// JSON's schema. CMake makes the table from the files themselves (embed.cmake).
#pragma once

#include <string_view>

namespace tcpblame::cli {

inline constexpr const char* kVersion = TCPBLAME_VERSION;

/// By the name of its file: "schema.json", "peer-closed.scd". Empty where there is no such text.
std::string_view embedded(std::string_view name);

} // namespace tcpblame::cli
