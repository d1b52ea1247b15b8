/// The few colours of a report, and the one place that knows a terminal's codes for them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tcpblame::render {

/// Named for what it says, not for how it looks.
enum class Ink : std::uint8_t {
    kPlain,
    kStrong, ///< who is reported about
    kBad,    ///< what broke
    kUnsure, ///< inferred, unknown, lost
    kFaint,  ///< for whoever looks closer
};

class Style {
public:
    explicit Style(bool color) : color_(color) {}

    [[nodiscard]] std::string paint(Ink ink, std::string_view text) const;

    /// Which ink paint() begins by such a code, the "1;31" of "ESC[1;31m"; kPlain where it is none of these.
    static Ink ink_of(std::string_view code);

private:
    bool color_;
};

} // namespace tcpblame::render
