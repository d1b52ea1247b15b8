#include "cli/config_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tcpblame::cli {
namespace {

using testing::HasSubstr;

class ConfigFile : public testing::Test {
protected:
    void SetUp() override {
        path = (std::filesystem::temp_directory_path() / "config-file-XXXXXX").string();
        const int fd = mkstemp(path.data());
        ASSERT_GE(fd, 0);
        close(fd);
    }
    void TearDown() override { std::filesystem::remove(path); }

    [[nodiscard]] Result<TypedLine> read(const std::string& text, TypedLine line = {}) const {
        std::ofstream(path, std::ios::trunc) << text;
        line.command = CommandId::kAgent;
        return with_config_file(std::move(line), path);
    }

    std::string path;
};

std::string value_of(const TypedLine& line, std::string_view name) {
    for (const auto& [option, text] : line.options)
        if (option->name() == name) return text;
    return "absent";
}

TEST_F(ConfigFile, HasTomlAndIni) {
    const auto line = read("# a comment\n; another\nport = [80, 443]\nhost=10.0.0.1\noutput = \"/a b\"\nall = TRUE\n"
                           "reads = false\n");
    ASSERT_TRUE(line) << line.error().what;
    EXPECT_EQ(value_of(*line, "--port"), "80,443");
    EXPECT_EQ(value_of(*line, "--host"), "10.0.0.1");
    EXPECT_EQ(value_of(*line, "--output"), "/a b");
    EXPECT_EQ(value_of(*line, "--all"), "");
    EXPECT_EQ(value_of(*line, "--reads"), "absent");
}

TEST_F(ConfigFile, TheCommandLineComesBeforeIt) {
    TypedLine typed;
    typed.options.emplace_back(find_option("--port"), "1");
    const auto line = read("port = 2\nring = 4M\n", typed);
    ASSERT_TRUE(line);
    EXPECT_EQ(value_of(*line, "--port"), "1");
    EXPECT_EQ(value_of(*line, "--ring"), "4M");
}

TEST_F(ConfigFile, AnEmptyOneIsNone) {
    const auto line = read("\n\n");
    ASSERT_TRUE(line);
    EXPECT_TRUE(line->options.empty());
}

struct Wrong {
    std::string text;
    std::string says;
};

class WrongConfigFile : public ConfigFile, public testing::WithParamInterface<Wrong> {};

TEST_P(WrongConfigFile, IsSaidWithItsName) {
    const auto line = read(GetParam().text);
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, ExitCode::kUsage);
    EXPECT_THAT(line.error().what, HasSubstr(path));
    EXPECT_THAT(line.error().what, HasSubstr(GetParam().says));
    EXPECT_NE(line.error().todo, "");
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongConfigFile,
    testing::Values(Wrong{"prot = 1\n", "there is no option 'prot'"}, Wrong{"-4 = true\n", "there is no option"},
                    Wrong{"config = x\n", "there is no option 'config'"}, Wrong{"help = true\n", "there is no option"},
                    Wrong{"[agent]\nport = 1\n", "no sections"}, Wrong{"a.port = 1\n", "no sections"},
                    Wrong{"port = 1\nall = true\nport = 2\n", "more than once"}, Wrong{"all = 2\n", "true or false"},
                    Wrong{"ring = [1, 2]\n", "takes one value"}, Wrong{std::string(100'000, 'x'), "there is no option"},
                    Wrong{"\x7f\x45LF\x01\x02\x03 \n", "there is no option"}));

TEST_F(ConfigFile, OneThatIsNotThereIsAFailure) {
    const auto line = with_config_file({}, "/nowhere/agent.toml");
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, ExitCode::kFailure);
}

} // namespace
} // namespace tcpblame::cli
