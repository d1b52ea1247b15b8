/// All that a recording's frames go through until somebody reads them, with every promise checked on the way.
#pragma once

#include "fuzz/packed.hpp"
#include "model/event.hpp"
#include "model/recorded.hpp"
#include "render/report.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tcpblame::fuzz {

/// What is fed to the core, and the stacks that were named right after it.
struct Step {
    model::Event event;
    std::vector<std::vector<model::StackFrame>> named;
};

struct Story {
    model::RecordedRun run;
    std::vector<Step> steps;
    model::RecordedEnd end;
};

/// What the frames say; those that are not understood are left out.
Story story_of(const Frames& frames);

/// A report as somebody may want it; `choice` decides.
render::ReportOptions report_options(std::size_t choice);

struct Reports {
    std::string json;
    std::string text;
    std::size_t verdicts = 0;
    std::size_t remembered = 0; ///< sockets that the core still knows at the end
};

/// Reports it as text and as JSON.
Reports report(const Story& story, const render::ReportOptions& options);

} // namespace tcpblame::fuzz
