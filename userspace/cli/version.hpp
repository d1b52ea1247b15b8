/// The version of this program, as the build knows it.
#pragma once

namespace tcpblame::cli {

inline constexpr const char* kVersion = TCPBLAME_VERSION;

} // namespace tcpblame::cli
