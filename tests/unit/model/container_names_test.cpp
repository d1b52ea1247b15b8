#include "model/container_names.hpp"

#include "model/argv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tcpblame::model {
namespace {

std::string parts(std::string_view image) {
    const ImageParts found = parts_of(image);
    return std::string(found.repository) + "|" + std::string(found.tag) + "|" + std::string(found.id);
}

TEST(ContainerNames, OfAnImageThePortIsNoTag) {
    EXPECT_EQ(parts("nginx"), "nginx||");
    EXPECT_EQ(parts("nginx:1.25"), "nginx|1.25|");
    EXPECT_EQ(parts("registry:5000/shop/api"), "registry:5000/shop/api||");
    EXPECT_EQ(parts("registry:5000/shop/api:1.2"), "registry:5000/shop/api|1.2|");
    EXPECT_EQ(parts("registry.k8s.io/pause:3.9@sha256:" + std::string(64, 'a')), "registry.k8s.io/pause|3.9|");
    EXPECT_EQ(parts(""), "||");
}

TEST(ContainerNames, AnImageMayHaveNothingButAnId) {
    const std::string digits(64, 'a');
    EXPECT_EQ(parts("sha256:" + digits), "||sha256:" + digits);
    EXPECT_EQ(parts(digits), "||" + digits);
    EXPECT_EQ(parts("sha256:" + digits.substr(1)), "sha256|" + digits.substr(1) + "|")
        << "no digest, so a name and a tag";
}

TEST(ContainerNames, AreEmptyWhereNoneIsKnown) {
    EXPECT_TRUE(ContainerNames{}.empty());
    for (const ContainerLabel& label : kContainerLabels) {
        ContainerNames names;
        names.*label.value = "x";
        EXPECT_FALSE(names.empty()) << label.key;
    }
}

TEST(Argv, HasANulBetweenTwoArguments) {
    const auto arguments = [](std::string_view argv) {
        std::vector<std::string> found;
        for_each_argument(argv, [&](std::string_view each) { found.emplace_back(each); });
        return found;
    };
    EXPECT_THAT(arguments(""), testing::IsEmpty());
    EXPECT_THAT(arguments("sh"), testing::ElementsAre("sh"));
    EXPECT_THAT(arguments(std::string_view("sh\0-c\0\0a b", 10)), testing::ElementsAre("sh", "-c", "", "a b"));
}

} // namespace
} // namespace tcpblame::model
