/// Bytes as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tcpblame::render {

constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

/// RFC 4648, with "=" where the last group is short, into base64_size() characters; the end of them.
inline char* put_base64(char* at, std::span<const std::uint8_t> bytes) {
    static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t byte = 0; byte < bytes.size(); byte += 3) {
        const std::size_t left = bytes.size() - byte;
        const std::uint32_t group = (std::uint32_t{bytes[byte]} << 16) |
                                    (left > 1 ? std::uint32_t{bytes[byte + 1]} << 8 : 0U) |
                                    (left > 2 ? bytes[byte + 2] : 0U);
        *at++ = kDigits[group >> 18];
        *at++ = kDigits[(group >> 12) & 63];
        *at++ = left > 1 ? kDigits[(group >> 6) & 63] : '=';
        *at++ = left > 2 ? kDigits[group & 63] : '=';
    }
    return at;
}

} // namespace tcpblame::render
