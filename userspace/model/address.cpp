#include "model/address.hpp"

#include "model/address_text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstdint>
#include <cstring>

namespace tcpblame::model {

std::string to_string(Family family) {
    switch (family) {
    case Family::kNone: return {};
    case Family::kIpv4: return "ipv4";
    case Family::kIpv6: return "ipv6";
    }
    return {};
}

std::string to_string(const Address& address) { return std::string{AddressText(address).view()}; }

std::uint8_t bits_of(Family family) {
    constexpr std::uint8_t kIpv4Bits = 32;
    constexpr std::uint8_t kIpv6Bits = 128;
    return family == Family::kIpv4 ? kIpv4Bits : kIpv6Bits;
}

Prefix prefix_of(const Address& address, std::uint8_t length) {
    Prefix prefix{{address.family, {}}, length};
    for (std::size_t at = 0; at < address.bytes.size(); ++at) {
        const int counted = std::clamp(length - 8 * static_cast<int>(at), 0, 8);
        prefix.address.bytes.at(at) = static_cast<std::uint8_t>(address.bytes.at(at) & ~(0xff >> counted));
    }
    return prefix;
}

bool Prefix::holds(const Address& other) const {
    return other.family == address.family && prefix_of(other, length).address == address;
}

std::string to_string(const Prefix& prefix) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = prefix.address.family == Family::kIpv4 ? AF_INET : AF_INET6;
    inet_ntop(family, prefix.address.bytes.data(), text.data(), text.size());
    std::string words = text.data();
    if (prefix.length != bits_of(prefix.address.family)) words += "/" + std::to_string(prefix.length);
    return words;
}

std::size_t TupleHash::operator()(const Tuple& tuple) const noexcept {
    const auto word = [](const Address& address, std::size_t half) {
        std::uint64_t bytes = 0;
        std::memcpy(&bytes, address.bytes.data() + half * sizeof(bytes), sizeof(bytes));
        return bytes;
    };
    // MurmurHash3's finalizer: each bit of what goes in changes half of those that come out.
    const auto mix = [](std::uint64_t bits) {
        bits = (bits ^ (bits >> 33)) * 0xff51'afd7'ed55'8ccdU;
        return bits ^ (bits >> 33);
    };
    std::uint64_t seed = (std::uint64_t{tuple.local.port} << 16) | tuple.remote.port;
    for (const Address* address : {&tuple.local, &tuple.remote})
        seed = mix(mix(seed ^ word(*address, 0)) + word(*address, 1));
    return seed;
}

} // namespace tcpblame::model
