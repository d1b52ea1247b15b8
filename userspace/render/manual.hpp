/// Sets text in the markup of the man page (scdoc) on a page, for a terminal.
#pragma once

#include "render/page.hpp"

#include <string_view>

namespace tcpblame::render {

/// Of the markup it knows what the explanations and the pages of commands use: headings ("# "), paragraphs, those that
/// a tab indents, *bold*, _underlined_ (set plain), lists ("- "), literal text between lines of three backquotes, and a
/// backslash before a letter that is not markup.
void set_manual(std::string_view scdoc, Page& page);

} // namespace tcpblame::render
