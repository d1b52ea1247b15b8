#include "cli/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <variant>
#include <vector>

namespace tcpblame::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Options read(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "tcpblame");
    const auto command = parse(static_cast<int>(arguments.size()), arguments.data());
    if (!command) {
        ADD_FAILURE() << command.error().what;
        return {};
    }
    if (const auto* run = std::get_if<RunCommand>(&*command)) return run->options;
    if (const auto* trace = std::get_if<TraceCommand>(&*command)) return trace->options;
    if (const auto* report = std::get_if<ReportCommand>(&*command)) return report->options;
    ADD_FAILURE() << "no command with options";
    return {};
}

std::vector<std::string> command_of(const std::vector<const char*>& arguments) { return read(arguments).command; }

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
    const Options options = read({"-P", "80", "run", "-jvd", "5", "--output", "file", "--user=alice", "-4", "cat"});
    EXPECT_THAT(options.command, ElementsAre("cat"));
    EXPECT_THAT(options.selection.ports, ElementsAre(80));
    EXPECT_EQ(options.format, Format::kJsonLines);
    EXPECT_TRUE(options.verbose);
    EXPECT_EQ(options.output, "file");
    EXPECT_EQ(options.user, "alice");
    EXPECT_THAT(command_of({"run", "-d5", "cat"}), ElementsAre("cat"));
}

TEST(SplitCommandLine, OtherCommandsHaveNone) {
    EXPECT_THAT(command_of({"trace", "-n", "run"}), IsEmpty());
    EXPECT_THAT(command_of({"-n", "run", "-j"}), IsEmpty());
    EXPECT_THAT(read({"report", "run"}).reports, ElementsAre("run"));
}

} // namespace
} // namespace tcpblame::cli
