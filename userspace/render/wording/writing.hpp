/// In which signs a sentence is written, and how what a process chose (its name, a path) is quoted in it.
#pragma once

#include "render/line.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tcpblame::render {

class Writing {
public:
    Writing() = default;
    Writing(const Writing&) = default;
    Writing& operator=(const Writing&) = default;
    virtual ~Writing() = default;

    [[nodiscard]] virtual const Signs& signs() const = 0;
    /// At most so many columns of it.
    [[nodiscard]] virtual std::string safe(std::string_view untrusted, std::size_t max_width = kAnyWidth) const = 0;
};

} // namespace tcpblame::render
