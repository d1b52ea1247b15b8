/// tcpblame explain: what is known of each cause, for whoever has to do something about it.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"

#include <string>
#include <vector>

namespace tcpblame::cli {

/// The codes of the causes, and of what qualifies one, as verdicts name them.
std::vector<std::string> explained_causes();

/// The list of them where the command names none.
Result<void> explain(const ExplainCommand& command);

} // namespace tcpblame::cli
