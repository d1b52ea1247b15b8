#include "cli/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <fmt/format.h>
#include <numeric>

namespace tcpblame::cli {
namespace {

/// Nobody mistypes more than a third of what he means; of a short word, one letter.
constexpr std::size_t kLettersPerSlip = 3;
/// What is longer than any name is none of them: its distance need not be known.
constexpr std::size_t kLongestTyped = 64;

/// Optimal string alignment: Levenshtein's distance, with swapped neighbours as one slip.
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> before_last(other.size() + 1);
    std::vector<std::size_t> last(other.size() + 1);
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= one.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= other.size(); ++j) {
            const std::size_t changed = one[i - 1] == other[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + changed});
            const bool swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last.back();
}

} // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& known) {
    std::string found;
    if (typed.size() > kLongestTyped) return found;
    std::size_t fewest = std::max<std::size_t>(1, typed.size() / kLettersPerSlip) + 1;
    for (const std::string& each : known) {
        const std::size_t slips = distance(typed, each);
        if (slips >= fewest) continue;
        fewest = slips;
        found = each;
    }
    return found;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known, std::string_view otherwise) {
    const std::string meant = nearest(typed, known);
    return meant.empty() ? std::string(otherwise) : fmt::format("did you mean {}?", meant);
}

} // namespace tcpblame::cli
