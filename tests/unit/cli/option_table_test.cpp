#include "cli/option_table.hpp"

#include "cli/commands/commands.hpp"
#include "cli/completion_script.hpp"
#include "cli/option_docs.hpp"

#include <cctype>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A value that the option takes.
std::string sample_of(const OptionEntry& option) {
    static const std::map<std::string_view, std::string_view> samples = {
        {"PID", "1"},         {"NAME", "web"},
        {"PORT", "80"},       {"ADDRESS[/LEN]", "::1"},
        {"PATH", "/"},        {"NS", "1"},
        {"USER", "nobody"},   {"SECONDS", "1"},
        {"N", "2"},           {"FORMAT", "jsonl"},
        {"FILE", "a-file"},   {"WHEN", "14:05"},
        {"SIZE", "64M"},      {"ROLE=PROGRAM", "fork=tracepoint"},
        {"PART", "both"},     {"URL", "http://127.0.0.1:8123/db"},
        {"FOLDER", "dir"},    {"VERSION", "24.8"},
        {"ADDRESS", "9435"},  {"NAMES", "unit"},
        {"CAUSE", "refused"}, {"ID", "1c4f"},
        {"DIR", "/run/ci"},
    };
    if (option.is_flag()) return {};
    if (option.name() == "--color") return "never";
    const auto found = samples.find(option.argument);
    EXPECT_NE(found, samples.end()) << option.name() << ": what does a " << option.argument << " look like?";
    return found == samples.end() ? "" : std::string(found->second);
}

std::vector<std::string> names_of(const OptionEntry& option) {
    std::vector<std::string> names;
    for (const std::string name : {option.short_name, option.long_name})
        if (!name.empty()) names.push_back(name);
    return names;
}

/// Not as a part of a longer name.
bool mentions(const std::string& text, const std::string& name) {
    const auto continues = [](char letter) {
        return letter == '-' || std::isalnum(static_cast<unsigned char>(letter)) != 0;
    };
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
        if ((at == 0 || !continues(text[at - 1])) &&
            (at + name.size() == text.size() || !continues(text[at + name.size()])))
            return true;
    return false;
}

TypedLine line_of(CommandId command, const OptionEntry& option) {
    TypedLine line;
    line.command = command;
    line.options.emplace_back(&option, sample_of(option));
    return line;
}

Result<void> read_by(CommandId command, const OptionEntry& option) {
    const TypedLine line = line_of(command, option);
    const auto into = [&line](auto options) { return line.read_into(groups_of(options)); };
    switch (command) {
    case CommandId::kTrace: return into(TraceOptions{});
    case CommandId::kRun: return into(RunOptions{});
    case CommandId::kTop: return into(TopOptions{});
    case CommandId::kRecord: return into(RecordOptions{});
    case CommandId::kAgent: return into(AgentOptions{});
    case CommandId::kReport: return into(ReportOptions{});
    case CommandId::kDoctor: return into(DoctorOptions{});
    case CommandId::kExplain: return into(ExplainOptions{});
    case CommandId::kSchema: return line.read_into({});
    case CommandId::kStore: return into(StoreCommand{});
    }
    return {};
}

TEST(OptionTable, HasEachNameOnce) {
    std::set<std::string> seen;
    for (const OptionEntry& option : option_table()) {
        EXPECT_FALSE(names_of(option).empty());
        for (const std::string& name : names_of(option)) {
            EXPECT_TRUE(seen.insert(name).second) << name;
            EXPECT_EQ(find_option(name), &option);
        }
        EXPECT_STRNE(option.summary, "") << option.name();
        EXPECT_EQ(option.read == nullptr, option.section == Section::kHelp) << option.name();
    }
    EXPECT_EQ(find_option("--nope"), nullptr);
    EXPECT_EQ(find_option(""), nullptr);
}

TEST(OptionTable, EveryCommandReadsTheOptionsThatItTakesAndRefusesTheOthers) {
    for (const CommandEntry& entry : command_table())
        for (const OptionEntry& option : option_table()) {
            const auto read = read_by(entry.id, option);
            EXPECT_EQ(read.has_value(), option.commands.has(entry.id)) << entry.name << ' ' << option.name();
            if (read) continue;
            EXPECT_EQ(read.error().code, ExitCode::kUsage);
            EXPECT_THAT(read.error().what, HasSubstr(option.name()));
            EXPECT_NE(read.error().why, "") << entry.name << ' ' << option.name();
        }
}

TEST(OptionTable, EveryOptionIsInTheHelpAndInTheManPage) {
    for (const OptionEntry& option : option_table())
        for (const std::string& name : names_of(option)) {
            // Of what is for a fleet's store there is one, of what is an agent's or about names none.
            const bool is_elsewhere = name == "-h" || option.section == Section::kAgent ||
                                      option.section == Section::kVerdicts || option.section == Section::kNames ||
                                      (option.section == Section::kStore && name != "--store");
            EXPECT_NE(mentions(short_help(), name), is_elsewhere) << name;
            EXPECT_TRUE(mentions(long_help(), name)) << name;
            EXPECT_THAT(options_manual(), HasSubstr("*" + name + "*"));
        }
}

TEST(OptionTable, ACommandsPageHasTheOptionsThatItTakesAndNoOther) {
    for (const CommandEntry& entry : command_table())
        for (const OptionEntry& option : option_table()) {
            const std::string head = "*" + names_of(option).back() + "*";
            const std::string page = '\n' + options_manual(entry.id);
            // Where a line begins, it is defined; elsewhere it may be mentioned.
            const bool is_defined = page.find("\n" + head) != std::string::npos ||
                                    page.find(", " + head + " ") != std::string::npos ||
                                    page.find(", " + head + "\n") != std::string::npos;
            EXPECT_EQ(is_defined, option.commands.has(entry.id)) << entry.name << ' ' << option.name();
        }
}

TEST(OptionTable, EveryOptionIsCompletedByEachShell) {
    const std::string bash = completion_script("bash", "%VALUES%\n%OPTIONS%\n");
    const std::string zsh = completion_script("zsh", "%OPTIONS%\n");
    const std::string fish = completion_script("fish", "%OPTIONS%\n");
    for (const OptionEntry& option : option_table()) {
        for (const std::string& name : names_of(option)) {
            EXPECT_TRUE(mentions(bash, name)) << name;
            EXPECT_TRUE(mentions(zsh, name)) << name;
        }
        for (const std::string& name : names_of(option)) {
            const bool is_long = name.starts_with("--");
            EXPECT_THAT(fish, HasSubstr(is_long ? " -l " + name.substr(2) + ' ' : " -s " + name.substr(1) + ' '));
        }
    }
    for (const std::string& script : {bash, zsh, fish}) EXPECT_THAT(script, Not(HasSubstr("%")));
}

TEST(OptionTable, TheHelpFitsItsScreen) {
    for (const std::string& help : {short_help(), long_help()})
        for (std::size_t at = 0; at < help.size();) {
            const std::size_t end = help.find('\n', at);
            EXPECT_LE(end - at, 80U) << help.substr(at, end - at);
            at = end + 1;
        }
}

} // namespace
} // namespace tcpblame::cli
