#include "cli/top/curses_screen.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <termcap.h> // not term.h, whose macros are called as half of the world is
#include <unistd.h>

// Its macros, too.
#define NCURSES_NOMACROS
#include <curses.h>
#include <poll.h>

namespace tcpblame::cli {
namespace {

using render::Key;

/// How long ESC waits for the rest of an arrow key: that much may lie between them on the way through ssh.
constexpr int kEscapeDelayMs = 50;

constexpr short kRed = 1;
constexpr short kYellow = 2;

volatile std::sig_atomic_t g_stop_asked = 0;
volatile std::sig_atomic_t g_went_on = 0;

void on_stop(int /*signal*/) { g_stop_asked = 1; }
void on_going_on(int /*signal*/) { g_went_on = 1; }

void handle(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
}

struct KeyMeaning {
    int code;
    Key key;
};

constexpr int kEscapeCode = 27;

constexpr std::array kMeanings = {
    KeyMeaning{KEY_UP, Key::kUp},        KeyMeaning{'k', Key::kUp},
    KeyMeaning{KEY_DOWN, Key::kDown},    KeyMeaning{'j', Key::kDown},
    KeyMeaning{KEY_PPAGE, Key::kPageUp}, KeyMeaning{KEY_NPAGE, Key::kPageDown},
    KeyMeaning{KEY_HOME, Key::kHome},    KeyMeaning{KEY_END, Key::kEnd},
    KeyMeaning{KEY_LEFT, Key::kLeft},    KeyMeaning{KEY_RIGHT, Key::kRight},
    KeyMeaning{KEY_ENTER, Key::kEnter},  KeyMeaning{'\r', Key::kEnter},
    KeyMeaning{'\n', Key::kEnter},       KeyMeaning{kEscapeCode, Key::kEscape},
    KeyMeaning{'p', Key::kPause},        KeyMeaning{' ', Key::kPause},
    KeyMeaning{'h', Key::kHelp},         KeyMeaning{'?', Key::kHelp},
    KeyMeaning{'q', Key::kQuit},         KeyMeaning{'c', Key::kByCount},
    KeyMeaning{'r', Key::kByRate},       KeyMeaning{'l', Key::kByLast},
    KeyMeaning{'n', Key::kByProcess},    KeyMeaning{'<', Key::kPreviousColumn},
    KeyMeaning{'>', Key::kNextColumn},   KeyMeaning{'R', Key::kReverse},
};

tl::unexpected<Error> no_terminal(std::string why) {
    return fail(ExitCode::kFailure, "top needs a terminal", std::move(why),
                "without one: tcpblame trace prints what breaks, -j as JSON");
}

} // namespace

Result<void> check_terminal() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO})
        if (isatty(fd) == 0)
            return no_terminal(fmt::format("standard {} is none", fd == STDIN_FILENO ? "input" : "output"));
    const char* name = std::getenv("TERM");
    if (name == nullptr || *name == '\0') return no_terminal("TERM is not set: it says what this one can do");
    if (tgetent(nullptr, name) != 1) return no_terminal(fmt::format("TERM is {}, and nothing here knows that", name));
    if (tgetstr("cm", nullptr) == nullptr) // to move the cursor
        return no_terminal(fmt::format("TERM is {}, which cannot be drawn on", name));
    return {};
}

Result<std::unique_ptr<CursesScreen>> CursesScreen::open(bool color) {
    handle(SIGTSTP, on_stop); // ncurses's own handler would draw wherever it interrupts
    handle(SIGCONT, on_going_on);
    set_escdelay(kEscapeDelayMs);
    screen* taken = newterm(nullptr, stdout, stdin);
    if (taken == nullptr) return no_terminal("ncurses cannot draw on this one");
    return std::make_unique<CursesScreen>(taken, color);
}

CursesScreen::CursesScreen(screen* taken, bool color) : screen_(taken), window_(stdscr), color_(color) {
    cbreak(); // Ctrl-C and Ctrl-Z go on being signals
    noecho();
    nonl();
    keypad(window_, TRUE);
    nodelay(window_, TRUE);
    curs_set(0);
    if (!color_ || !has_colors()) return;
    start_color();
    use_default_colors();
    init_pair(kRed, COLOR_RED, -1);
    init_pair(kYellow, COLOR_YELLOW, -1);
}

CursesScreen::~CursesScreen() {
    endwin();
    delscreen(screen_);
}

render::ScreenSize CursesScreen::size() const {
    return {static_cast<std::size_t>(std::max(getmaxx(window_), 1)),
            static_cast<std::size_t>(std::max(getmaxy(window_), 1))};
}

/// As render/style.cpp has them.
int CursesScreen::attributes_of(render::Ink ink) const {
    if (!color_) return static_cast<int>(A_NORMAL);
    switch (ink) {
    case render::Ink::kPlain: return static_cast<int>(A_NORMAL);
    case render::Ink::kStrong: return static_cast<int>(A_BOLD);
    case render::Ink::kBad: return static_cast<int>(A_BOLD) | COLOR_PAIR(kRed);
    case render::Ink::kUnsure: return COLOR_PAIR(kYellow);
    case render::Ink::kFaint: return static_cast<int>(A_DIM);
    }
    return static_cast<int>(A_NORMAL);
}

void CursesScreen::draw(const std::vector<render::ScreenLine>& lines) {
    const std::size_t columns = size().columns;
    werase(window_);
    int y = 0;
    for (const render::ScreenLine& line : lines) {
        wmove(window_, y++, 0);
        const int chosen = line.chosen ? static_cast<int>(A_REVERSE) : 0;
        for (const render::Span& span : line.text) {
            wattrset(window_, attributes_of(span.ink) | chosen);
            waddstr(window_, span.text.c_str());
        }
        if (!line.chosen) continue;
        const std::size_t rest = columns - std::min(columns, render::width_of(line.text));
        waddstr(window_, std::string(rest, ' ').c_str());
    }
    wattrset(window_, static_cast<int>(A_NORMAL));
    wrefresh(window_);
}

std::optional<Key> CursesScreen::next_key() {
    const int code = wgetch(window_);
    if (code == ERR) return std::nullopt;
    for (const KeyMeaning& meaning : kMeanings)
        if (meaning.code == code) return meaning.key;
    return Key::kNone;
}

bool CursesScreen::stop_if_asked() {
    if (g_stop_asked == 0 && g_went_on == 0) return false;
    endwin();
    if (g_stop_asked != 0) {
        handle(SIGTSTP, SIG_DFL);
        std::raise(SIGTSTP);
        handle(SIGTSTP, on_stop);
    }
    g_stop_asked = 0;
    g_went_on = 0;
    clearok(window_, TRUE); // others have written there
    wrefresh(window_);      // takes the terminal again
    return true;
}

bool CursesScreen::is_gone() {
    pollfd terminal{STDIN_FILENO, POLLIN, 0};
    return poll(&terminal, 1, 0) > 0 && (terminal.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

} // namespace tcpblame::cli
