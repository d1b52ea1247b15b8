/// What is promised of everything that is reported, whatever the recording was.
#pragma once

#include "model/verdict.hpp"
#include "render/report.hpp"

#include <set>
#include <string_view>

namespace tcpblame::fuzz {

/// One line, of valid JSON, in ASCII: no byte of it can steer a terminal.
void check_json(std::string_view line);
/// … in a schema of others.
void check_json_of_others(std::string_view line);

/// Valid UTF-8 (or ASCII, if that was asked for), in whole lines of at most the page's width, with no control character
/// but the line feed, nothing that turns the order of the text around, and colours only if asked for.
void check_text(std::string_view text, const render::ReportOptions& options);

/// It cites events that there were, its timeline is in order, and it claims to have observed nothing in a time of which
/// events were lost.
void check_verdict(const model::Verdict& verdict, const std::set<model::EventId>& fed);

} // namespace tcpblame::fuzz
