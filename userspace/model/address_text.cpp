#include "model/address_text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

namespace tcpblame::model {

AddressText::AddressText(const Address& address) {
    const char* end = text_.data();
    if (address.family == Family::kIpv4) {
        const auto& ip = address.bytes;
        end = fmt::format_to(text_.data(), "{}.{}.{}.{}:{}", ip[0], ip[1], ip[2], ip[3], address.port);
    } else if (address.family == Family::kIpv6) {
        std::array<char, INET6_ADDRSTRLEN> ip{};
        inet_ntop(AF_INET6, address.bytes.data(), ip.data(), ip.size());
        end = fmt::format_to(text_.data(), "[{}]:{}", ip.data(), address.port);
    }
    size_ = static_cast<std::size_t>(end - text_.data());
}

} // namespace tcpblame::model
