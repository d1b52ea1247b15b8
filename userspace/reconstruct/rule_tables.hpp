/// The parts of the table of the rules, each in the order of Rule.
#pragma once

#include "reconstruct/rules.hpp"

#include <span>

namespace tcpblame::reconstruct {

std::span<const RuleFacts> rules_of_own_side();
std::span<const RuleFacts> rules_of_errors();
std::span<const RuleFacts> rules_of_files();
std::span<const RuleFacts> rules_of_resets();

} // namespace tcpblame::reconstruct
