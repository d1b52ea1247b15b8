/// A verdict as one line of a table, for whoever looks through many.
#pragma once

#include "model/verdict.hpp"
#include "render/page.hpp"

#include <cstddef>
#include <string>

namespace tcpblame::render {

/// "TIME  PROCESS  CALL  …". `time_width`: of the first column.
Line table_head(std::size_t time_width);

/// Its time, who, the call and its error, from where to where, the cause, what the peer did. The columns begin where
/// those of other verdicts do, unless something in it is longer than such things usually are.
Line table_row(const model::Verdict& verdict, const std::string& time, const Page& page);

} // namespace tcpblame::render
