/// The fixed parts of a recording: see FORMAT.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tcpblame::record {

inline constexpr std::array<char, 8> kMagic{'t', 'c', 'p', 'b', 'l', 'a', 'm', 'e'};
inline constexpr std::uint16_t kMajor = 1;
inline constexpr std::uint16_t kMinor = 10;

struct FileHeader {
    std::array<char, 8> magic = kMagic;
    std::uint16_t major = kMajor;
    std::uint16_t minor = kMinor;
    std::uint32_t header_size = 16;
};
static_assert(sizeof(FileHeader) == 16);

inline constexpr std::array<char, 4> kChunkMark{'C', 'H', 'N', 'K'};
inline constexpr std::size_t kMaxChunkBytes = std::size_t{4} * 1024 * 1024;

struct ChunkHeader {
    std::array<char, 4> mark = kChunkMark;
    std::uint32_t packed_size = 0;
    std::uint32_t size = 0;
    std::uint32_t frames = 0;
};
static_assert(sizeof(ChunkHeader) == 16);

} // namespace tcpblame::record
