/// What each rule of the blame rests on, and which other situations leave the same events. For readers and tests: the
/// blame itself does not look here.
#pragma once

#include "model/rule.hpp"
#include "model/verdict.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tcpblame::reconstruct {

using model::Rule;

/// Where a situation is made.
struct Made {
    enum class By : std::uint8_t { kNothing, kStory, kUnitTest } by = By::kNothing;
    std::string_view name;
};
/// As tests/live/cases.py names it, without the address family and how the tool is pointed at it.
constexpr Made story(std::string_view name) { return {Made::By::kStory, name}; }
/// "Suite.Name", of tests/unit/reconstruct.
constexpr Made unit(std::string_view name) { return {Made::By::kUnitTest, name}; }

struct LookAlike {
    std::string_view situation;        ///< leaves the events that the rule rests on, or nearly
    std::string_view distinguished_by; ///< empty: nothing does, and the rule claims no more than both have in common
    Made made;
};

/// The reason that a rule gives besides its cause.
struct BestReason {
    model::ReasonCode code = model::ReasonCode::kKilled;
    model::Confidence best = model::Confidence::kUnknown;
};

struct RuleFacts {
    static constexpr std::size_t kLookAlikes = 5;

    Rule rule = Rule::kNobody;
    std::string_view name;
    model::Cause cause = model::Cause::kUnknown;
    model::Confidence best = model::Confidence::kUnknown; ///< that it may claim
    std::string_view rests_on;
    std::array<LookAlike, kLookAlikes> looks_alike; ///< until the first without a situation
    std::optional<BestReason> why = {};
};

/// In the order of Rule.
std::span<const RuleFacts> all_rules();
const RuleFacts& facts_of(Rule rule);

inline std::string_view rule_name(const model::Verdict& verdict) { return facts_of(verdict.rule).name; }

} // namespace tcpblame::reconstruct
