/// The lines of a page that may have very many, small: alike ones are most of it.
#pragma once

#include "render/output.hpp"

#include <string>
#include <string_view>

namespace tcpblame::render {

/// Lines in pieces, each packed by deflate (RFC 1950) and written in base64 as a line of its own. A piece can be read
/// without the others, and holds whole lines. None of it can end the element of HTML that it is in.
class PackedLines {
public:
    explicit PackedLines(Sink sink);

    void put(std::string_view line);
    /// Writes what there is since the last piece. Throws std::bad_alloc, as put().
    void cut();

private:
    Sink sink_;
    std::string piece_;
    std::string packed_;
    std::string text_;
};

} // namespace tcpblame::render
