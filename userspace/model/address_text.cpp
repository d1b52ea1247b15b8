#include "model/address_text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>

namespace tcpblame::model {
namespace {

/// A format string would be read each time.
char* put_number(char* at, unsigned number) {
    const fmt::format_int digits(number);
    return std::copy_n(digits.data(), digits.size(), at);
}

char* put_ipv4(char* at, const Address& address) {
    constexpr std::size_t kBytes = 4;
    for (std::size_t byte = 0; byte < kBytes; ++byte) {
        if (byte != 0) *at++ = '.';
        at = put_number(at, address.bytes.at(byte));
    }
    return at;
}

char* put_ipv6(char* at, const Address& address) {
    std::array<char, INET6_ADDRSTRLEN> ip{};
    inet_ntop(AF_INET6, address.bytes.data(), ip.data(), ip.size());
    return std::copy(ip.data(), std::find(ip.begin(), ip.end(), '\0'), at);
}

} // namespace

AddressText::AddressText(const Address& address) {
    if (address.family == Family::kNone) return;
    const bool in_brackets = address.family == Family::kIpv6;
    char* at = text_.data();
    if (in_brackets) *at++ = '[';
    address_at_ = in_brackets ? 1 : 0;
    at = in_brackets ? put_ipv6(at, address) : put_ipv4(at, address);
    address_size_ = static_cast<std::size_t>(at - text_.data()) - address_at_;
    if (in_brackets) *at++ = ']';
    *at++ = ':';
    at = put_number(at, address.port);
    size_ = static_cast<std::size_t>(at - text_.data());
}

} // namespace tcpblame::model
