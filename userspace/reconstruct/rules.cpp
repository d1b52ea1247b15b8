// Where nothing distinguishes a look-alike, the rule is inferred at most, or its claim is true of both.
#include "reconstruct/rules.hpp"

#include "reconstruct/rule_tables.hpp"

#include <cstddef>
#include <vector>

namespace tcpblame::reconstruct {

std::span<const RuleFacts> all_rules() {
    static const std::vector<RuleFacts> all = [] {
        std::vector<RuleFacts> joined;
        for (const auto part : {rules_of_own_side(), rules_of_errors(), rules_of_files(), rules_of_resets()})
            joined.insert(joined.end(), part.begin(), part.end());
        return joined;
    }();
    return all;
}

const RuleFacts& facts_of(Rule rule) { return all_rules()[static_cast<std::size_t>(rule)]; }

} // namespace tcpblame::reconstruct
