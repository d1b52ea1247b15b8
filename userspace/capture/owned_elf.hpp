/// An ELF file under libelf's hands, closed with its owner.
#pragma once

#include <libelf.h>
#include <memory>

namespace tcpblame::capture {

struct EndElf {
    void operator()(Elf* elf) const { elf_end(elf); }
};
using OwnedElf = std::unique_ptr<Elf, EndElf>;

} // namespace tcpblame::capture
