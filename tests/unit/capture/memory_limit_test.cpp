#include "capture/memory_limit.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace tcpblame::capture {
namespace {

class MemoryLimit : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "memory-limit-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        root = name;
    }
    void TearDown() override { std::filesystem::remove_all(root); }

    void put(const std::string& path, const std::string& text) const {
        const std::filesystem::path file = root + path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }

    std::string root;
};

TEST_F(MemoryLimit, OfVersion2TheLeastOfItsGroupAndThoseAbove) {
    put("/a/b/memory.max", "max\n");
    put("/a/memory.max", "1048576\n");
    EXPECT_EQ(memory_limit_of("0::/a/b\n", root), 1048576);
    put("/a/b/memory.max", "4096\n");
    EXPECT_EQ(memory_limit_of("0::/a/b\n", root), 4096);
}

TEST_F(MemoryLimit, OfVersion1TheControllersOwnHierarchy) {
    put("/memory/a/memory.limit_in_bytes", "65536\n");
    put("/memory/memory.limit_in_bytes", "9223372036854771712\n");
    EXPECT_EQ(memory_limit_of("5:cpu,memory:/a\n4:pids:/x\n0::/\n", root), 65536);
    EXPECT_EQ(memory_limit_of("5:memory:/\n", root), std::nullopt) << "none";
}

TEST_F(MemoryLimit, WithoutAnyThereIsNone) {
    EXPECT_EQ(memory_limit_of("0::/gone\n", root), std::nullopt);
    EXPECT_EQ(memory_limit_of("", root), std::nullopt);
    EXPECT_EQ(memory_limit_of("nonsense\n0::\n", root), std::nullopt);
    put("/memory.max", "");
    EXPECT_EQ(memory_limit_of("0::/\n", root), std::nullopt);
}

TEST_F(MemoryLimit, InAContainerItIsAtTheRoot) {
    put("/memory.max", "8192\n");
    EXPECT_EQ(memory_limit_of("0::/\n", root), 8192);
}

} // namespace
} // namespace tcpblame::capture
