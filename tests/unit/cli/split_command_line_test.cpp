#include "cli/parsed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <variant>
#include <vector>

namespace tcpblame::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> command_of(const std::vector<const char*>& arguments) { return options_of(arguments).command; }

TEST(SplitCommandLine, WhatStandsBehindTwoDashesIsTheCommandWhateverItIs) {
    EXPECT_THAT(command_of({"run", "--", "curl", "-T", "big.bin", "--", "http://host/"}),
                ElementsAre("curl", "-T", "big.bin", "--", "http://host/"));
    EXPECT_THAT(command_of({"run", "--", "--help"}), ElementsAre("--help"));
    EXPECT_THAT(command_of({"run", "--", "run", "-j"}), ElementsAre("run", "-j"));
}

TEST(SplitCommandLine, TheFirstWordThatIsNoOptionBeginsItToo) {
    EXPECT_THAT(command_of({"run", "curl", "-T", "big.bin", "-j"}), ElementsAre("curl", "-T", "big.bin", "-j"));
    EXPECT_THAT(command_of({"run", "report", "file"}), ElementsAre("report", "file"));
}

TEST(SplitCommandLine, AValueIsNotTakenForTheCommand) {
    const AnyOptions options =
        options_of({"-P", "80", "run", "-jvd", "5", "--output", "file", "--user=alice", "-4", "cat"});
    EXPECT_THAT(options.command, ElementsAre("cat"));
    EXPECT_THAT(options.watch.selection.ports, ElementsAre(80));
    EXPECT_EQ(options.output.format, Format::kJsonLines);
    EXPECT_TRUE(options.output.verbose);
    EXPECT_EQ(options.output.file, "file");
    EXPECT_EQ(options.user, "alice");
    EXPECT_THAT(command_of({"run", "-d5", "cat"}), ElementsAre("cat"));
}

TEST(SplitCommandLine, OtherCommandsHaveNone) {
    EXPECT_THAT(command_of({"trace", "-n", "run"}), IsEmpty());
    EXPECT_THAT(command_of({"-n", "run", "-j"}), IsEmpty());
    EXPECT_THAT(options_of({"report", "run"}).files, ElementsAre("run"));
}

} // namespace
} // namespace tcpblame::cli
