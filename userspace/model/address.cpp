#include "model/address.hpp"

#include "model/address_text.hpp"

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
