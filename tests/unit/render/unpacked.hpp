/// What a page holds packed, as it was.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <zlib.h>

namespace tcpblame::render {

inline std::string from_base64(std::string_view text) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    EXPECT_EQ(text.size() % 4, 0U);
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char character : text.substr(0, text.find('='))) {
        const std::size_t digit = kDigits.find(character);
        EXPECT_NE(digit, std::string_view::npos) << character;
        bits = bits << 6 | static_cast<std::uint32_t>(digit & 63);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count & 0xFF);
    }
    return bytes;
}

/// Of pieces, each a line.
inline std::string unpacked(std::string_view pieces) {
    constexpr std::size_t kMostBytes = 1 << 20;
    std::string text;
    while (!pieces.empty()) {
        const std::size_t end = pieces.find('\n');
        const std::string packed = from_base64(pieces.substr(0, end));
        std::string piece(kMostBytes, '\0');
        uLongf size = piece.size();
        EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(piece.data()), &size,
                             reinterpret_cast<const Bytef*>(packed.data()), packed.size()),
                  Z_OK);
        text += piece.substr(0, size);
        pieces.remove_prefix(end + 1);
    }
    return text;
}

} // namespace tcpblame::render
