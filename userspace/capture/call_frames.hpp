/// Where a function's return address lies, from an ELF file's call frame information (.eh_frame).
///
/// Of damaged files as SourceLines: for the NameReader's process.
#pragma once

#include "capture/code_name.hpp"

#include <cstdint>
#include <elfutils/libdw.h>
#include <memory>
#include <optional>

namespace tcpblame::capture {

/// What a word that holds a return address points to: arm64 may have signed it.
std::uint64_t code_address(std::uint64_t word);

class CallFrames {
public:
    /// `elf` must live as long.
    explicit CallFrames(Elf* elf) : cfi_(dwarf_getcfi_elf(elf)) {}

    /// For the instruction at `address`; nullopt where it is not reported, or reported by another register (a frame
    /// pointer, most of all).
    [[nodiscard]] std::optional<ReturnPlace> return_place(std::uint64_t address);

    [[nodiscard]] Dwarf_CFI* cfi() const { return cfi_.get(); }

private:
    struct End {
        void operator()(Dwarf_CFI* cfi) const { dwarf_cfi_end(cfi); }
    };
    std::unique_ptr<Dwarf_CFI, End> cfi_;
};

} // namespace tcpblame::capture
