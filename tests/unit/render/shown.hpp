/// What a person sees of one verdict.
#pragma once

#include "render/report.hpp"
#include "render/samples.hpp"

#include <string>

namespace tcpblame::render {

inline std::string shown(const model::Verdict& verdict, const ReportOptions& options = {}) {
    samples::Collected data;
    Report report(options, data.sink(), {});
    report.start(samples::run_start());
    report.verdict(verdict);
    return data.text;
}

} // namespace tcpblame::render
