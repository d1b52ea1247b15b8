#include "cli/clock_words.hpp"

#include "render/quantity.hpp"

#include <fmt/format.h>

namespace tcpblame::cli {
namespace {

std::uint64_t size_of(std::int64_t ns) {
    return ns < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns);
}

std::string found_from(const reconstruct::ClockOffset& found) {
    const std::string connections = render::counted(found.connections, "connection");
    if (!found.uncertainty_ns) return fmt::format("as far as {} can show: nothing went both ways", connections);
    return fmt::format("± {}, from {}", render::duration(*found.uncertainty_ns), connections);
}

} // namespace

std::string clock_words(const std::string& here, const std::string& there, std::int64_t ahead_ns,
                        const reconstruct::ClockOffset& found) {
    if (found.connections == 0)
        return fmt::format(
            "no connection has an end in the recording of {} and the other elsewhere: its clock is taken "
            "to be right",
            there);
    if (found.uncertainty_ns && size_of(ahead_ns) <= *found.uncertainty_ns)
        return fmt::format("the clocks of {} and {} agree ({})", here, there, found_from(found));
    return fmt::format("the clock of {} is {} {} that of {} ({})", there, render::duration(size_of(ahead_ns)),
                       ahead_ns < 0 ? "behind" : "ahead of", here, found_from(found));
}

} // namespace tcpblame::cli
