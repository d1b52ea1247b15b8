/// What the kernel's own reason for a RST means, in plain words.
#pragma once

#include "model/reset_reason.hpp"

#include <string_view>

namespace tcpblame::render {

/// Of the end that sent it; empty where there is none to be said.
std::string_view meaning_of(model::ResetReason reason);

/// It says what no cause does already.
bool says_more(model::ResetReason reason);

} // namespace tcpblame::render
