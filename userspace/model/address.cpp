#include "model/address.hpp"

#include "model/address_text.hpp"

#include <string_view>

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

std::size_t TupleHash::operator()(const Tuple& tuple) const noexcept {
    const auto bytes_of = [](const Address& address) {
        return std::string_view(reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size());
    };
    const std::hash<std::string_view> hash;
    std::size_t seed = (std::size_t{tuple.local.port} << 16) | tuple.remote.port;
    // Boost's hash_combine: the golden ratio spreads the bits of each part.
    for (const Address* address : {&tuple.local, &tuple.remote})
        seed ^= hash(bytes_of(*address)) + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2);
    return seed;
}

} // namespace tcpblame::model
