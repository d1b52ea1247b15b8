#include "cli/terminal.hpp"

#include <clocale>
#include <cstdlib>
#include <cstring>
#include <langinfo.h>
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

} // namespace tcpblame::cli
