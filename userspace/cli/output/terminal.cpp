#include "cli/output/terminal.hpp"

#include "render/ecs.hpp"
#include "render/html_page.hpp"
#include "render/ndjson.hpp"
#include "render/otlp.hpp"
#include "render/perfetto.hpp"

#include <clocale>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <langinfo.h>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tcpblame::cli {
namespace {

constexpr unsigned kLeastWidth = 80;

} // namespace

unsigned width_of(int fd) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < kLeastWidth) return kLeastWidth;
    return size.ws_col;
}

/// https://no-color.org: set and not empty. A dumb terminal shows the codes themselves.
bool wants_color(ColorChoice choice, int fd) {
    if (choice != ColorChoice::kAuto) return choice == ColorChoice::kAlways;
    const char* no_color = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    if (terminal != nullptr && std::strcmp(terminal, "dumb") == 0) return false;
    return isatty(fd) != 0 && (no_color == nullptr || *no_color == '\0');
}

/// A file is read elsewhere, where UTF-8 is a safe guess; a terminal says what it takes by the locale.
bool takes_unicode(int fd) {
    if (isatty(fd) == 0) return true;
    std::setlocale(LC_CTYPE, "");
    return std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

namespace {

std::chrono::seconds local_time_offset(std::time_t when) {
    std::tm local{};
    localtime_r(&when, &local);
    return std::chrono::seconds(local.tm_gmtoff);
}

} // namespace

render::ReportOptions report_options(const OutputOptions& options, const ScreenUse& use, int fd, std::time_t when) {
    render::ReportOptions report;
    report.width = width_of(fd);
    report.color = wants_color(options.color, fd);
    report.unicode = takes_unicode(fd);
    report.relative_time = options.relative_time;
    report.verbose = options.verbose;
    report.table = options.format == Format::kTable;
    report.utc_offset = local_time_offset(when);
    report.live = use.live;
    report.ends_by_itself = use.ends_by_itself;
    return report;
}

std::unique_ptr<render::Output> make_screen(const OutputOptions& options, const ScreenUse& use, Writer& writer,
                                            std::time_t when, const std::function<void()>& before_printing) {
    const render::Sink data = [&writer, before_printing](std::string_view text) {
        if (before_printing) before_printing();
        writer.put(text);
    };
    const render::Sink notices = [before_printing](std::string_view text) {
        if (before_printing) before_printing();
        put_on_stderr(text);
    };
    switch (options.format) {
    case Format::kJsonLines: return std::make_unique<render::Ndjson>(data);
    case Format::kOtlp: return std::make_unique<render::Otlp>(data);
    case Format::kEcs: return std::make_unique<render::Ecs>(data);
    case Format::kHtml: return std::make_unique<render::HtmlPage>(data);
    case Format::kPerfetto: return std::make_unique<render::Perfetto>(data);
    case Format::kText:
    case Format::kTable: break;
    }
    return std::make_unique<render::Report>(report_options(options, use, writer.fd(), when), data, notices);
}

} // namespace tcpblame::cli
