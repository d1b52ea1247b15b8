#include "cli/options.hpp"

#include "cli/commands/parser.hpp"
#include "cli/help.hpp"
#include "cli/options/group.hpp"
#include "cli/split_command_line.hpp"
#include "cli/suggestion.hpp"
#include "cli/version.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcpblame::cli {
namespace {

std::string version_line() { return fmt::format("tcpblame {}\n", kVersion); }

/// CLI11's parser with every option and command of ours in it.
class CommandLine {
public:
    CommandLine() {
        app_.set_help_flag(); // our own texts
        for (const CommandEntry& entry : command_table()) {
            parsers_.push_back(entry.make());
            parsers_.back()->declare(*app_.add_subcommand(entry.name)->fallthrough());
        }
        app_.require_subcommand(0, 1);
        for (const auto& group : groups_) group->declare(app_);
        app_.add_flag("-h", short_help_);
        app_.add_flag("--help", long_help_);
        app_.add_flag("-V,--version", version_);
        for (CLI::Option* option : app_.get_options()) option->multi_option_policy(CLI::MultiOptionPolicy::Throw);
        app_.get_option("--host")->multi_option_policy(CLI::MultiOptionPolicy::Join);
    }

    Result<Command> parse(int argc, const char* const* argv);

private:
    static std::optional<Command> asked_by_a_word(int argc, const char* const* argv);
    Result<Command> ask() const;
    Error unexpected_error(const std::vector<std::string>& unexpected) const;
    Error usage_error(const CLI::ParseError& error) const;

    CLI::App app_;
    std::vector<std::string> command_; ///< that is to be run
    const std::array<std::unique_ptr<OptionGroup>, 5> groups_ = {watch_options(), report_options(), print_options(),
                                                                 keep_options(), test_options()};
    std::vector<std::unique_ptr<CommandParser>> parsers_; ///< as the table has them
    bool short_help_ = false, long_help_ = false, version_ = false;
};

/// "help", "help COMMAND", "version", as other tools have them.
std::optional<Command> CommandLine::asked_by_a_word(int argc, const char* const* argv) {
    const std::vector<std::string_view> words(argv + 1, argv + std::max(argc, 1));
    if (words.size() == 1 && words[0] == "version") return PrintCommand{version_line()};
    if (words.empty() || words.size() > 2 || words[0] != "help") return std::nullopt;
    if (words.size() == 1) return PrintCommand{long_help()};
    std::string page = command_help(words[1]);
    if (words[1] == command_table().front().name) page = long_help(); // it is the usual one
    return page.empty() ? std::nullopt : std::optional<Command>(PrintCommand{std::move(page)});
}

Result<Command> CommandLine::parse(int argc, const char* const* argv) {
    if (auto asked = asked_by_a_word(argc, argv)) return std::move(*asked);
    SplitCommandLine line = split_command_line(app_, {argv, argv + argc});
    command_ = std::move(line.command);
    const std::vector<std::string> words = gather_pids(app_, line.ours);
    std::vector<const char*> ours;
    ours.reserve(words.size());
    for (const std::string& word : words) ours.push_back(word.c_str());
    try {
        app_.parse(static_cast<int>(ours.size()), ours.data());
    } catch (const CLI::ParseError& error) {
        return tl::unexpected(usage_error(error));
    }
    for (const CLI::App* command : app_.get_subcommands())
        if (command->count() > 1)
            return fail(ExitCode::kUsage, fmt::format("{} is given more than once", command->get_name()),
                        "one command is run at a time");
    if (const auto asked = app_.get_subcommands(); (long_help_ || short_help_) && !asked.empty())
        if (std::string page = command_help(asked.front()->get_name()); !page.empty())
            return PrintCommand{std::move(page)};
    if (long_help_) return PrintCommand{long_help()};
    if (short_help_) return PrintCommand{short_help()};
    if (version_) return PrintCommand{version_line()};
    return ask();
}

Result<Command> CommandLine::ask() const {
    Options options;
    options.command = command_;
    for (const auto& group : groups_)
        if (auto taken = group->take(app_, options); !taken) return tl::unexpected(taken.error());
    std::size_t asked = 0;
    for (std::size_t i = 0; i < parsers_.size(); ++i)
        if (app_.get_subcommand(command_table()[i].name)->parsed()) asked = i;
    return parsers_[asked]->ask(app_, std::move(options));
}

/// By a name alone a process is meant; by more words, a command that is to be started.
std::string what_may_be_meant(const std::vector<std::string>& words) {
    const std::string line = fmt::format("{}", fmt::join(words, " "));
    std::string starts = fmt::format("tcpblame run -- {} starts it, watched", line);
    if (words.size() > 1) return starts;
    return fmt::format("tcpblame -n {0} watches the processes of that name, tcpblame run -- {0} starts a command",
                       line);
}

/// What somebody typed that is no option, no command, and nothing that the command takes.
Error CommandLine::unexpected_error(const std::vector<std::string>& unexpected) const {
    const std::string& typed = unexpected.front();
    if (typed.size() > 1 && typed.front() == '-') {
        std::vector<std::string> known;
        for (const CLI::Option* option : app_.get_options()) known.push_back(option->get_name());
        const std::string flag = typed.substr(0, typed.find('='));
        if (flag == "-r" || flag == "--read") // as tcpdump and its like have it
            return {ExitCode::kUsage,
                    fmt::format("there is no option {}", flag),
                    {},
                    "tcpblame report FILE reports a recording"};
        // One letter is as near to any other.
        const bool is_long = flag.size() > std::string_view("-x").size();
        return {ExitCode::kUsage,
                fmt::format("there is no option {}", flag),
                {},
                did_you_mean(is_long ? flag : "", known, "see tcpblame --help")};
    }
    if (!app_.get_subcommands().empty())
        return {ExitCode::kUsage,
                fmt::format("{} does not take '{}'", app_.get_subcommands().front()->get_name(), typed),
                {},
                "see tcpblame --help"};
    if (!typed.empty() &&
        std::all_of(typed.begin(), typed.end(), [](char letter) { return letter >= '0' && letter <= '9'; }))
        return {ExitCode::kUsage,
                fmt::format("a number alone says nothing: '{}'", typed),
                {},
                fmt::format("tcpblame -P {0} watches a port, tcpblame -p {0} a process", typed)};
    std::vector<std::string> known;
    for (const CommandEntry& entry : command_table()) known.emplace_back(entry.name);
    return {ExitCode::kUsage,
            fmt::format("there is no command '{}'", typed),
            {},
            did_you_mean(typed, known, what_may_be_meant(unexpected))};
}

/// What CLI11 means, in words for people; it reports bad input by exceptions.
Error CommandLine::usage_error(const CLI::ParseError& error) const {
    for (const CLI::Option* option : app_.get_options()) {
        const std::string name = option->get_name();
        if (option->count() > 1 && option->get_multi_option_policy() == CLI::MultiOptionPolicy::Throw)
            return {ExitCode::kUsage, fmt::format("{} is given more than once", name),
                    "which one is meant is not clear", "give it once; lists go with commas between"};
        if (option->get_type_size() == 0 || option->count() == 0) continue;
        const std::string value = option->results().empty() ? "" : option->results().front();
        if (value.empty() || value.front() == '-')
            return {ExitCode::kUsage, fmt::format("{} needs a value", name),
                    value.empty() ? "none is given" : fmt::format("'{}' is a flag", value), "see tcpblame --help"};
    }
    if (const auto unexpected = app_.remaining(true); !unexpected.empty()) return unexpected_error(unexpected);
    const std::string_view what = error.what();
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) // "--pid: 1 required TEXT missing"
        return {ExitCode::kUsage, fmt::format("{} needs a value", what.substr(0, what.find(':'))), "none is given",
                "see tcpblame --help"};
    return {ExitCode::kUsage, error.what(), {}, "see tcpblame --help"};
}

} // namespace

Result<Command> parse(int argc, const char* const* argv) { return CommandLine().parse(argc, argv); }

} // namespace tcpblame::cli
