/// The whole of a terminal, by ncurses: lines go out, keys come in.
#pragma once

#include "base/result.hpp"
#include "render/top/keys.hpp"
#include "render/top/screen_line.hpp"

#include <memory>
#include <optional>
#include <vector>

// ncurses's own.
struct screen;
struct _win_st; // NOLINT(bugprone-reserved-identifier,readability-identifier-naming)

namespace tcpblame::cli {

/// Fails with kFailure where standard input and output are no terminal that can be drawn on.
Result<void> check_terminal();

class CursesScreen {
public:
    /// Takes the terminal. `color`: without, nothing is coloured, bold or faint.
    static Result<std::unique_ptr<CursesScreen>> open(bool color);

    CursesScreen(screen* taken, bool color);
    CursesScreen(const CursesScreen&) = delete;
    CursesScreen& operator=(const CursesScreen&) = delete;
    CursesScreen(CursesScreen&&) = delete;
    CursesScreen& operator=(CursesScreen&&) = delete;
    /// Leaves the terminal as it was.
    ~CursesScreen();

    [[nodiscard]] render::ScreenSize size() const;
    void draw(const std::vector<render::ScreenLine>& lines);

    /// The next of those that wait, or nullopt. That the terminal has another size is a key, too: kNone.
    [[nodiscard]] std::optional<render::Key> next_key();

    /// Where Ctrl-Z was pressed, the terminal is given back, and this process stops until it is continued. True: that
    /// was so, or it had been stopped otherwise, and all is to be drawn anew.
    [[nodiscard]] bool stop_if_asked();

    /// Nobody is at the other end any more.
    [[nodiscard]] static bool is_gone();

private:
    [[nodiscard]] int attributes_of(render::Ink ink) const;

    screen* screen_;
    _win_st* window_; ///< all of it
    bool color_;
};

} // namespace tcpblame::cli
