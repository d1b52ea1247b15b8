#include "cli/screen.hpp"

#include "cli/messages.hpp"
#include "cli/terminal.hpp"
#include "render/html_page.hpp"
#include "render/ndjson.hpp"
#include "render/perfetto.hpp"

#include <ctime>
#include <string_view>

namespace tcpblame::cli {
namespace {

std::chrono::seconds local_time_offset(std::time_t when) {
    std::tm local{};
    localtime_r(&when, &local);
    return std::chrono::seconds(local.tm_gmtoff);
}

} // namespace

render::ReportOptions report_options(const Options& options, int fd, std::time_t when) {
    render::ReportOptions report;
    report.width = width_of(fd);
    report.color = wants_color(options.color, fd);
    report.unicode = takes_unicode(fd);
    report.relative_time = options.relative_time;
    report.verbose = options.verbose;
    report.table = options.format == Format::kTable;
    report.utc_offset = local_time_offset(when);
    report.live = options.reports.empty();
    report.ends_by_itself = !options.command.empty();
    return report;
}

std::unique_ptr<render::Output> make_screen(const Options& options, Writer& writer, std::time_t when,
                                            StatusLine* status) {
    const render::Sink data = [&writer, status](std::string_view text) {
        if (status != nullptr) status->hide();
        writer.put(text);
    };
    const render::Sink notices = [status](std::string_view text) {
        if (status != nullptr) status->hide();
        put_on_stderr(text);
    };
    switch (options.format) {
    case Format::kJsonLines: return std::make_unique<render::Ndjson>(data);
    case Format::kHtml: return std::make_unique<render::HtmlPage>(data);
    case Format::kPerfetto: return std::make_unique<render::Perfetto>(data);
    case Format::kText:
    case Format::kTable: break;
    }
    return std::make_unique<render::Report>(report_options(options, writer.fd(), when), data, notices);
}

} // namespace tcpblame::cli
