/// Where a function's return address lies, from an ELF file's call frame information (.eh_frame).
///
/// Of damaged files as SourceLines: for the NameReader's process.
#pragma once

#include <cstdint>
#include <elfutils/libdw.h>
#include <memory>
#include <optional>

namespace tcpblame::capture {

class CallFrames {
public:
    /// `elf` must live as long.
    explicit CallFrames(Elf* elf) : cfi_(dwarf_getcfi_elf(elf)) {}

    /// How far above the stack pointer it lies for the instruction at `address`; nullopt where that is not told, or
    /// told by another register (a frame pointer, most of all).
    std::optional<std::uint64_t> return_slot(std::uint64_t address);

private:
    struct End {
        void operator()(Dwarf_CFI* cfi) const { dwarf_cfi_end(cfi); }
    };
    std::unique_ptr<Dwarf_CFI, End> cfi_;
};

} // namespace tcpblame::capture
