/// Finds what somebody meant who mistyped it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::cli {

/// The one of `known` that takes the fewest slips to become `typed`: a letter left out, put in, changed, or swapped
/// with its neighbour. Empty where all of them are too far from it to be meant.
std::string nearest(std::string_view typed, const std::vector<std::string>& known);

/// "did you mean peer-closed?", or else `otherwise`.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known, std::string_view otherwise);

} // namespace tcpblame::cli
