/// A thread as it was when its stack was copied: what an unwinder may read, and nothing else.
#pragma once

#include "bpf/wire.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <optional>
#include <span>

namespace tcpblame::capture {

/// Of one architecture: registers by DWARF's numbers (System V ABI for AMD64; DWARF for the Arm 64-bit Architecture).
struct UnwindTarget {
    std::uint16_t machine; ///< of ELF
    std::size_t registers; ///< that can hold what an unwinder needs
    std::size_t stack_pointer;
    std::size_t frame_pointer;
    std::size_t return_address;
    std::uint32_t preserved; ///< a bit for each register that a call leaves as it was
    bool calls_by_link_register;

    [[nodiscard]] bool preserves(std::size_t number) const { return (preserved >> number & 1) != 0; }
};

inline constexpr UnwindTarget kX86Target{EM_X86_64, 17, 7, 6, 16, 0x1f0c8, false};
inline constexpr UnwindTarget kArm64Target{EM_AARCH64, 32, 31, 29, 30, 0xfff80000, true};
#if defined(__aarch64__)
inline constexpr const UnwindTarget& kOurTarget = kArm64Target;
#else
inline constexpr const UnwindTarget& kOurTarget = kX86Target;
#endif

struct UnwindRegisters {
    static constexpr std::size_t kMost = 32;

    std::array<std::optional<std::uint64_t>, kMost> values{}; ///< nullopt: its caller's value is lost
    std::uint64_t pc = 0;

    [[nodiscard]] std::optional<std::uint64_t> at(std::uint64_t number) const {
        return number < kMost ? values[static_cast<std::size_t>(number)] : std::nullopt;
    }
};

class StackMemory {
public:
    StackMemory() = default;
    /// `absent`: a bit for each piece of memory that was not there, from the one on in which `begin` is.
    StackMemory(std::uint64_t begin, std::span<const std::byte> bytes, std::uint32_t absent = 0)
        : begin_(begin), bytes_(bytes), absent_(absent) {}

    /// Little-endian, as both architectures are.
    [[nodiscard]] std::optional<std::uint64_t> read(std::uint64_t address, std::size_t size = 8) const {
        const std::uint64_t at = address - begin_;
        if (address < begin_ || size == 0 || size > 8 || bytes_.size() < size || at > bytes_.size() - size)
            return std::nullopt;
        if (is_absent(address) || is_absent(address + size - 1)) return std::nullopt;
        std::uint64_t value = 0;
        std::memcpy(&value, bytes_.data() + at, size);
        return value;
    }

private:
    [[nodiscard]] bool is_absent(std::uint64_t address) const {
        const std::uint64_t piece = address / WIRE_USER_STACK_PIECE - begin_ / WIRE_USER_STACK_PIECE;
        return piece < 32 && (absent_ >> piece & 1) != 0;
    }

    std::uint64_t begin_ = 0;
    std::span<const std::byte> bytes_;
    std::uint32_t absent_ = 0;
};

} // namespace tcpblame::capture
