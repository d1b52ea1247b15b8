/// All that is said of a verdict below its headline: labelled lines, for the screen and for the page alike.
#pragma once

#include "model/verdict.hpp"
#include "render/wording/writing.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::render {

struct Fact {
    std::string_view label; ///< empty: it goes on with what is before it
    Line text;              ///< empty: there is nothing to say
};

/// Whose units, containers and pods to name.
enum class Places : std::uint8_t { kNobody, kPeer, kBoth };

struct Depth {
    bool stacks = false; ///< where the peer did it, below what it did
    bool whole_stacks = false;
    Places places = Places::kNobody;
    std::size_t reasons = 99; ///< so many at most, the nearest first
};

/// The cause, who did it, why, and what was lost.
std::vector<Fact> explanation_of(const model::Verdict& verdict, const Writing& writing, Depth depth);

/// For whoever looks closer: the program, the socket, the states, the bytes, the events.
std::vector<Fact> details_of(const model::Verdict& verdict, const Writing& writing);

/// "3 events were lost".
std::string events_were_lost(std::uint64_t count);

} // namespace tcpblame::render
