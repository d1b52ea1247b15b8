/// The output that the options ask for, fitted to the terminal it goes to.
#pragma once

#include "cli/options.hpp"
#include "cli/status_line.hpp"
#include "cli/writer.hpp"
#include "render/output.hpp"
#include "render/report.hpp"

#include <ctime>
#include <memory>

namespace tcpblame::cli {

/// How a report looks there. `when`: as of make_screen.
render::ReportOptions report_options(const Options& options, int fd, std::time_t when);

/// `writer` and `status` must outlive the result; `status` may be nullptr, else it is hidden before anything is
/// printed. `when`: what is shown happened about then; it decides the offset of local time.
std::unique_ptr<render::Output> make_screen(const Options& options, Writer& writer, std::time_t when,
                                            StatusLine* status = nullptr);

} // namespace tcpblame::cli
