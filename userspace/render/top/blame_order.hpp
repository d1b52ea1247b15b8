/// By what the rows of `top` are sorted.
#pragma once

#include "render/top/blames.hpp"

#include <cstdint>
#include <vector>

namespace tcpblame::render {

/// A column each, from left to right.
enum class BlameColumn : std::uint8_t { kCount, kRate, kLast, kProcess, kPeer, kCause };
inline constexpr int kBlameColumnCount = static_cast<int>(BlameColumn::kCause) + 1;

/// Over which time is reported.
struct BlameTime {
    std::uint64_t now_ns = 0;
    std::uint64_t since_ns = 0; ///< when the run began
};

struct BlameOrder {
    BlameColumn by = BlameColumn::kCount;
    bool reversed = false; ///< else the most and the newest come first, and names as in a dictionary
};

void sort(std::vector<BlameRow>& rows, const BlameOrder& order, const BlameTime& time);

/// The next column, `by` columns on, and around.
BlameColumn column_beside(BlameColumn column, int by);

} // namespace tcpblame::render
