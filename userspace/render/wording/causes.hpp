/// The table of causes: what each means, and what to do about it. The man page prints it, too.
#pragma once

#include "model/cause.hpp"

#include <string_view>

namespace tcpblame::render {

/// Clauses without a final stop.
struct CauseWords {
    std::string_view meaning;
    std::string_view advice;
    std::string_view advice_if_killed = {}; ///< what is to be said besides where a SIGPIPE killed; or nothing
};

CauseWords words_for(model::Cause cause);

/// A clause, too.
std::string_view meaning_of(model::Modifier modifier);

} // namespace tcpblame::render
