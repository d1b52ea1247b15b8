#include "render/html_page.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace tcpblame::render {

// Made of the files in html/ by its assemble.cmake.
extern const std::string_view kPageHead;       ///< up to where the phrases go
extern const std::string_view kPageBeforeData; ///< from there on, up to where the lines go
extern const std::string_view kPageTail;       ///< from there on

namespace {

/// JSON that cannot end the <script> element that it is in, nor begin a comment there: "<" is in its strings only.
std::string for_script(std::string_view line) {
    std::string text;
    text.reserve(line.size());
    for (const char character : line) {
        if (character == '<')
            text += "\\u003c";
        else
            text += character;
    }
    return text;
}

} // namespace

HtmlPage::HtmlPage(Sink sink)
    : sink_(sink), data_(std::move(sink)), lines_([this](std::string_view line) { data_.put(line); }) {}

void HtmlPage::start(const model::RunStart& start) {
    if (sink_) {
        sink_(kPageHead);
        sink_(for_script(words_.of_run()));
        sink_(kPageBeforeData);
    }
    lines_.start(start);
}

void HtmlPage::verdict(const model::Verdict& verdict) {
    lines_.verdict(verdict);
    data_.put(words_.of(verdict));
}

void HtmlPage::end(const model::RunEnd& end) {
    lines_.end(end);
    data_.cut();
    if (sink_) sink_(kPageTail);
}

} // namespace tcpblame::render
