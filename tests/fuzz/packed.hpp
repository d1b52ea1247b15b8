/// A recording's bytes and the frames in them, both ways.
///
/// Random bytes hardly ever pass zstd's checksum: who wants to reach what lies behind it changes the frames and packs
/// them again.
#pragma once

#include "base/result.hpp"
#include "wire/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tcpblame::fuzz {

using Bytes = std::span<const std::uint8_t>;
using Frames = std::vector<wire::FrameBytes>;

struct Unpacked {
    Frames frames;              ///< the first kMostFrames of them
    std::optional<Error> error; ///< where the reader said that it is damaged
};

/// A few bytes can be packed frames for minutes.
inline constexpr std::size_t kMostFrames = 4096;

/// By record::Reader, to the recording's end or to where it is damaged.
Unpacked unpack(Bytes recording);

/// A recording of these frames, so many in a chunk. Fewer where they are too long for it.
std::vector<std::uint8_t> pack(const Frames& frames, std::size_t in_a_chunk);

} // namespace tcpblame::fuzz
