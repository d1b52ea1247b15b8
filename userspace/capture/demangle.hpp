/// Turns a linker's symbol into the name that the source has.
#pragma once

#include <string>

namespace tcpblame::capture {

/// C++ and Rust names readable, without a symbol version; what cannot be read stays as it is.
/// A hostile name takes any time and memory (each reference to a part of itself may double it, so that 300 bytes
/// stand for terabytes): to be called by the NameReader's process.
std::string demangle(const char* symbol);

} // namespace tcpblame::capture
