/// A file that has call frame information, and nothing else.
#pragma once

#include "capture/call_frames.hpp"
#include "capture/owned_elf.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace tcpblame::fuzz {

class SmallElf {
public:
    static constexpr std::uint64_t kAddress = 0x4000; ///< of its call frame information

    /// `frames`: its .eh_frame, as it is; with `table_bytes` of its .eh_frame_hdr before, if any.
    SmallElf(std::uint16_t machine, std::span<const std::byte> frames, std::size_t table_bytes);

    /// nullptr where it has nothing that is taken for any.
    [[nodiscard]] Dwarf_CFI* cfi() const { return call_frames_ ? call_frames_->cfi() : nullptr; }

private:
    std::string file_;
    capture::OwnedElf elf_;
    std::optional<capture::CallFrames> call_frames_;
};

} // namespace tcpblame::fuzz
