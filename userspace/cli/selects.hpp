/// The filters, applied to a verdict that was reported already: what `report` shows of a recording.
#pragma once

#include "model/selection.hpp"
#include "model/verdict.hpp"

namespace tcpblame::cli {

bool selects(const model::Selection& selection, const model::Verdict& verdict);

} // namespace tcpblame::cli
