/// One end of a connection: an IP address and a port, as people write them.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace tcpblame::model {

enum class Family : std::uint8_t { kNone = 0, kIpv4 = 4, kIpv6 = 6 };

/// "ipv4" or "ipv6"; empty for kNone.
std::string to_string(Family family);

struct Address {
    Family family = Family::kNone;
    /// Network byte order; an IPv4 address fills the first four bytes. A v4-mapped
    /// IPv6 address (::ffff:a.b.c.d) is always held as IPv4: both ends of one
    /// connection must compare equal whichever socket family each of them used.
    std::array<std::uint8_t, 16> bytes{};
    std::uint16_t port = 0; ///< host byte order

    auto operator<=>(const Address&) const = default;
};

/// 10.0.0.7:41822 or [::1]:5432.
std::string to_string(const Address& address);

/// The addresses of one family that begin with the same bits: 10.0.0.0/8.
struct Prefix {
    Address address;         ///< the bits behind `length` are zero, as is the port
    std::uint8_t length = 0; ///< bits

    [[nodiscard]] bool holds(const Address& other) const;

    auto operator<=>(const Prefix&) const = default;
};

/// 10.0.0.0/8, or 10.0.0.7 where it is one address.
std::string to_string(const Prefix& prefix);

/// All bits of an address: 32 or 128.
std::uint8_t bits_of(Family family);

/// The first `length` bits of the address; the others are zero.
Prefix prefix_of(const Address& address, std::uint8_t length);

/// The four-tuple, as one socket sees it.
struct Tuple {
    Address local;
    Address remote;

    auto operator<=>(const Tuple&) const = default;

    /// The same connection as the other end sees it.
    [[nodiscard]] Tuple swapped() const { return {remote, local}; }
};

struct TupleHash {
    std::size_t operator()(const Tuple& tuple) const noexcept;
};

} // namespace tcpblame::model
