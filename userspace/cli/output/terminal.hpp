/// What the terminal, or the file, that is printed to can show, and the output that is fitted to it.
#pragma once

#include "cli/options.hpp"
#include "cli/output/writer.hpp"
#include "render/output.hpp"
#include "render/report.hpp"

#include <ctime>
#include <functional>
#include <memory>

namespace tcpblame::cli {

/// Columns; 80 where it has fewer, or is no terminal.
unsigned width_of(int fd);
[[nodiscard]] bool wants_color(ColorChoice choice, int fd);
[[nodiscard]] bool takes_unicode(int fd);

/// Whose output it is.
struct ScreenUse {
    bool live = true;
    bool ends_by_itself = false; ///< with the command that it watches
};

/// How a report looks there. `when`: as of make_screen.
render::ReportOptions report_options(const OutputOptions& options, const ScreenUse& use, int fd, std::time_t when);

/// `writer` must outlive the result. `when`: what is shown happened about then; it decides the offset of local time.
/// `before_printing` is called before anything is printed, if it is not empty.
std::unique_ptr<render::Output> make_screen(const OutputOptions& options, const ScreenUse& use, Writer& writer,
                                            std::time_t when, const std::function<void()>& before_printing = {});

} // namespace tcpblame::cli
