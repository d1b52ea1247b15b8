/// Text that is put together piece by piece, in memory that the next text takes over: a storm of verdicts asks for
/// none.
#pragma once

#include <concepts>
#include <fmt/format.h>
#include <string>
#include <string_view>

namespace tcpblame::render {

class Words {
public:
    /// Text and whole numbers, one after another.
    template <typename... Parts>
    Words& add(const Parts&... parts) {
        (append(parts), ...);
        return *this;
    }
    void clear() { buffer_.clear(); }
    [[nodiscard]] bool empty() const { return buffer_.size() == 0; }
    [[nodiscard]] std::string_view view() const { return {buffer_.data(), buffer_.size()}; }
    [[nodiscard]] std::string str() const { return fmt::to_string(buffer_); }

private:
    void append(std::string_view text) { buffer_.append(text.data(), text.data() + text.size()); }
    template <std::integral Number>
    void append(Number number) {
        const fmt::format_int digits(number);
        buffer_.append(digits.data(), digits.data() + digits.size());
    }

    fmt::memory_buffer buffer_;
};

} // namespace tcpblame::render
