/// Reports a connection that ended well in one line: of these there are thousands.
#pragma once

#include "model/verdict.hpp"
#include "render/page.hpp"

#include <cstddef>

namespace tcpblame::render {

/// Nothing broke, and nothing but the end is reported.
bool is_orderly(const model::Verdict& verdict);

/// "closed  orders-api, pid 4242  10.0.0.7:41822 → 10.0.0.9:5432  peer first, 2.1 s, sent 512 B, got 1.2 kB",
/// with less and less of it until it fits into `room` columns.
Line orderly_words(const model::Verdict& verdict, const Page& page, std::size_t room);

} // namespace tcpblame::render
