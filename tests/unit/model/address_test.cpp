#include "model/address.hpp"

#include <gtest/gtest.h>
#include <unordered_map>

namespace tcpblame::model {
namespace {

Address ipv4(std::uint8_t last, std::uint16_t port) { return {Family::kIpv4, {10, 0, 0, last}, port}; }

Address ipv6(std::uint8_t last, std::uint16_t port) {
    Address address{Family::kIpv6, {0x20, 0x01, 0x0d, 0xb8}, port};
    address.bytes[15] = last;
    return address;
}

TEST(Address, IsWrittenAsPeopleWriteIt) {
    EXPECT_EQ(to_string(ipv4(7, 41822)), "10.0.0.7:41822");
    EXPECT_EQ(to_string(ipv6(1, 5432)), "[2001:db8::1]:5432");
    EXPECT_EQ(to_string(Address{Family::kIpv6, {}, 80}), "[::]:80");
    EXPECT_EQ(to_string(Address{Family::kIpv4, {}, 0}), "0.0.0.0:0");
}

TEST(Address, OfNoFamilyIsNothing) {
    EXPECT_EQ(to_string(Address{}), "");
    EXPECT_EQ(to_string(Family::kNone), "");
}

TEST(Address, NamesItsFamily) {
    EXPECT_EQ(to_string(Family::kIpv4), "ipv4");
    EXPECT_EQ(to_string(Family::kIpv6), "ipv6");
}

TEST(Tuple, SwappedIsTheOtherEndsView) {
    const Tuple ours{ipv4(7, 41822), ipv4(9, 5432)};
    EXPECT_EQ(ours.swapped().local, ours.remote);
    EXPECT_EQ(ours.swapped().remote, ours.local);
    EXPECT_EQ(ours.swapped().swapped(), ours);
    EXPECT_NE(ours.swapped(), ours);
}

TEST(Tuple, DiffersInEachPart) {
    const Tuple ours{ipv4(7, 41822), ipv4(9, 5432)};
    EXPECT_NE(ours, (Tuple{ipv4(8, 41822), ipv4(9, 5432)}));
    EXPECT_NE(ours, (Tuple{ipv4(7, 41823), ipv4(9, 5432)}));
    EXPECT_NE(ours, (Tuple{ipv4(7, 41822), ipv4(9, 5433)}));
    EXPECT_NE(ours, (Tuple{ipv6(7, 41822), ipv6(9, 5432)}));
}

TEST(TupleHash, ReportsThePortsAndTheDirectionApart) {
    std::unordered_map<std::size_t, int> seen;
    constexpr int kPorts = 1'000;
    for (int port = 0; port < kPorts; ++port) {
        const Tuple tuple{ipv4(7, static_cast<std::uint16_t>(40'000 + port)), ipv4(9, 5432)};
        EXPECT_EQ(TupleHash{}(tuple), TupleHash{}(Tuple{tuple}));
        ++seen[TupleHash{}(tuple)];
        ++seen[TupleHash{}(tuple.swapped())];
    }
    EXPECT_GT(seen.size(), std::size_t{2 * kPorts - 10});
}

} // namespace
} // namespace tcpblame::model
