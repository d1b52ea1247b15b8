/// Reports a person who was not there, in a browser: one page that needs nothing else.
#pragma once

#include "render/html_words.hpp"
#include "render/ndjson.hpp"
#include "render/output.hpp"
#include "render/packed_lines.hpp"

namespace tcpblame::render {

/// The page of html/, with the lines of Ndjson in it as its data, each verdict's with the sentences for it behind it.
class HtmlPage : public Output {
public:
    /// The pieces that the sink gets are the page only together.
    explicit HtmlPage(Sink sink);

    void start(const model::RunStart& start) override;
    void verdict(const model::Verdict& verdict) override;
    void lost(const model::LostEvents& lost) override { lines_.lost(lost); }
    void clock_set(const model::ClockSet& set) override { lines_.clock_set(set); }
    void end(const model::RunEnd& end) override;

private:
    Sink sink_;
    PackedLines data_;
    Ndjson lines_;
    HtmlWords words_;
};

} // namespace tcpblame::render
