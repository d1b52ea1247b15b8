/// The name that a connection has in other tools, too (Zeek, Suricata, Wireshark …), and at either of its ends.
/// https://github.com/corelight/community-id-spec, version 1, seed 0
#pragma once

#include "model/address.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace tcpblame::render {

class CommunityId {
public:
    /// Of a TCP connection.
    explicit CommunityId(const model::Tuple& tuple);

    /// "1:LQU9qZlK+B5F3KDmev6m5PMibrg="; empty where an address is not known.
    [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

private:
    std::array<char, 2 + 28> text_{}; ///< the version, and SHA-1's 20 bytes in base64
    std::size_t size_ = 0;
};

} // namespace tcpblame::render
