/// Says at a terminal, while nothing happens, that all is well: what is watched, for how long, and what was seen.
#pragma once

#include "cli/tally.hpp"
#include "model/run.hpp"
#include "render/escape.hpp"

#include <cstdint>
#include <string>

namespace tcpblame::cli {

/// "watching port 5432, 12 open at first | 12 min 5 s | 3 failed writes, 5 other breaks", of so many columns at most.
std::string status_words(const model::RunStart& start, const model::RunEnd& so_far, unsigned columns,
                         render::Charset charset = render::Charset::kUnicode);

/// On standard error, and only where that is a terminal; in the last line, which hide() gives back.
class StatusLine {
public:
    /// Not `wanted`: nothing is ever shown.
    explicit StatusLine(bool wanted);
    StatusLine(const StatusLine&) = delete;
    StatusLine& operator=(const StatusLine&) = delete;
    StatusLine(StatusLine&&) = delete;
    StatusLine& operator=(StatusLine&&) = delete;
    ~StatusLine() { hide(); }

    /// Once a second at most, or where it was hidden: it may be called as often as there is time.
    void show(const model::RunStart& start, const Tally& tally, std::uint64_t now_ns);

    /// Before anything else is printed.
    void hide();

private:
    bool wanted_;
    render::Charset charset_;
    bool shown_ = false;
    std::uint64_t due_ns_ = 0;
};

} // namespace tcpblame::cli
