#include "cli/screen.hpp"

#include "render/ndjson.hpp"
#include "render/report.hpp"

#include <clocale>
#include <cstdio>
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

unsigned width_of(int fd) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < kLeastWidth) return kLeastWidth;
    return size.ws_col;
}

/// https://no-color.org: set and not empty.
bool wants_color(ColorChoice choice, int fd) {
    if (choice != ColorChoice::kAuto) return choice == ColorChoice::kAlways;
    const char* no_color = std::getenv("NO_COLOR");
    return isatty(fd) != 0 && (no_color == nullptr || *no_color == '\0');
}

/// A file is read elsewhere, where UTF-8 is a safe guess; a terminal says what it takes by the locale.
bool takes_unicode(int fd) {
    if (isatty(fd) == 0) return true;
    std::setlocale(LC_CTYPE, "");
    return std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

std::chrono::seconds local_time_offset(std::time_t when) {
    std::tm local{};
    localtime_r(&when, &local);
    return std::chrono::seconds(local.tm_gmtoff);
}

void print_notice(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

} // namespace

std::unique_ptr<render::Output> make_screen(const Options& options, Writer& writer, std::time_t when) {
    const render::Sink data = [&writer](std::string_view text) { writer.put(text); };
    if (options.json) return std::make_unique<render::Ndjson>(data);
    render::ReportOptions report;
    report.width = width_of(writer.fd());
    report.color = wants_color(options.color, writer.fd());
    report.unicode = takes_unicode(writer.fd());
    report.relative_time = options.relative_time;
    report.verbose = options.verbose;
    report.utc_offset = local_time_offset(when);
    report.live = options.reports.empty();
    return std::make_unique<render::Report>(report, data, print_notice);
}

} // namespace tcpblame::cli
