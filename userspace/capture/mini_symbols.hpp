/// ".gnu_debugdata": the small packed symbol table that Fedora and its kin leave in stripped files.
#pragma once

#include <libelf.h>
#include <string>

namespace tcpblame::capture {

/// The ELF file that is packed in there; empty where there is none.
std::string unpack_mini_symbols(Elf* elf);

} // namespace tcpblame::capture
