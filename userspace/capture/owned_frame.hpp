/// What libdw says of one place of a program's code, freed with its owner.
#pragma once

#include <cstdlib>
#include <elfutils/libdw.h>
#include <memory>

namespace tcpblame::capture {

struct FreeFrame {
    void operator()(Dwarf_Frame* frame) const { std::free(frame); }
};
using OwnedFrame = std::unique_ptr<Dwarf_Frame, FreeFrame>;

} // namespace tcpblame::capture
