/// What a verdict is about, in one line: of one, and of many that are alike.
#pragma once

#include "model/verdict.hpp"
#include "render/crowds.hpp"
#include "render/wording/writing.hpp"

#include <cstddef>
#include <cstdint>

namespace tcpblame::render {

struct Headline {
    Line line;
    bool has_place = false; ///< it says where the process runs
};

/// "SIGPIPE killed orders-api, pid 4242", "connection broken: …"; in which unit or container,
/// where that fits into so many columns too.
Headline headline(const model::Verdict& verdict, const Writing& writing, std::size_t room);

/// " ← reset by server, pid 77": by whose act, where that was seen; else empty.
Line culprit(const model::Verdict& verdict, const Writing& writing);

/// "again after 1.2 ms: SIGPIPE killed orders-api, pid 4242, thread 4251": of a connection that a verdict was reported
/// of.
Line once_more(const model::Verdict& verdict, std::uint64_t after_ns, const Writing& writing);

/// "… and 997 more like this in 800 ms: peer-aborted, chatty (pid 12) ← server (pid 13): close() with 1 B unread".
Line crowd(const Crowd& rest, const Writing& writing);

} // namespace tcpblame::render
