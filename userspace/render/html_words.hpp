/// The sentences of a run and of its verdicts as the page gets them: as data, of which its script makes nodes.
#pragma once

#include "model/verdict.hpp"
#include "render/json_line.hpp"

#include <string_view>

namespace tcpblame::render {

class HtmlWords {
public:
    /// What may be said of the run as a whole, by name: a text, or a pair of those for one and for several. Otherwise
    /// as of().
    std::string_view of_run();

    /// One JSON object, and the end of its line; until the next call.
    std::string_view of(const model::Verdict& verdict);

private:
    JsonLine line_;
};

} // namespace tcpblame::render
