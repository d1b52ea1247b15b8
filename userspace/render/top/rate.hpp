/// How many a second, over the last few seconds.
#pragma once

#include <array>
#include <cstdint>

namespace tcpblame::render {

class Rate {
public:
    static constexpr std::uint64_t kSeconds = 10;

    /// One more, at that moment; one that is reported late may be older than the one before.
    void count(std::uint64_t at_ns);

    /// As of `now_ns`. `since_ns`: when counting began, which may be less than those seconds ago.
    [[nodiscard]] double per_second(std::uint64_t now_ns, std::uint64_t since_ns) const;

private:
    void advance_to(std::uint64_t second);

    std::array<std::uint64_t, kSeconds> counts_{}; ///< by second, each at its number modulo kSeconds
    std::uint64_t newest_ = 0;                     ///< the last second that there is a count of
};

} // namespace tcpblame::render
