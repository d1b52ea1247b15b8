/// The table of causes: what to tell somebody who meets one.
#pragma once

#include "model/cause.hpp"

#include <string_view>

namespace tcpblame::reconstruct {

/// One sentence, without a final stop.
std::string_view advice_for(model::Cause cause);

} // namespace tcpblame::reconstruct
