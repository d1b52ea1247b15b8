#include "render/community_id.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

model::Address address(const char* text, std::uint16_t port) {
    model::Address made;
    made.port = port;
    made.family = inet_pton(AF_INET, text, made.bytes.data()) == 1 ? model::Family::kIpv4 : model::Family::kIpv6;
    const bool is_ipv6 = made.family == model::Family::kIpv6;
    EXPECT_TRUE(!is_ipv6 || inet_pton(AF_INET6, text, made.bytes.data()) == 1);
    return made;
}

/// As both of its ends have it, which is to be the same.
std::string id_of(const model::Tuple& tuple) {
    const std::string id{CommunityId(tuple).view()};
    EXPECT_EQ(CommunityId(tuple.swapped()).view(), id);
    return id;
}

// Those of its specification: github.com/corelight/community-id-spec, baseline_deflt.json.
TEST(CommunityIds, AreThoseOfTheSpecification) {
    EXPECT_EQ(id_of({address("128.232.110.120", 34855), address("66.35.250.204", 80)}),
              "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
    EXPECT_EQ(id_of({address("2001:470:e5bf:dead:4957:2174:e82c:4887", 63943), address("2607:f8b0:400c:c03::1a", 25)}),
              "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=");
}

TEST(CommunityIds, GoByThePortsWhereTheAddressesAreTheSame) {
    EXPECT_EQ(id_of({address("127.0.0.1", 80), address("127.0.0.1", 40000)}), "1:5rFr+y3i0wpQbEhThSaj08U8BaE=");
}

TEST(CommunityIds, AreNoneWhereAnAddressIsNotKnown) {
    EXPECT_EQ(id_of({address("10.0.0.1", 80), {}}), "");
    EXPECT_EQ(id_of({}), "");
    EXPECT_EQ(id_of({address("10.0.0.1", 80), address("::1", 80)}), "");
}

} // namespace
} // namespace tcpblame::render
