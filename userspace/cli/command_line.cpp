#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <deque>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>
#include <optional>
#include <string_view>

namespace tcpblame::cli {
namespace {

// ── What was meant ──────────────────────────────────────────────────────────────────────────────

/// Nobody mistypes more than a third of what he means; of a short word, one letter.
constexpr std::size_t kLettersPerSlip = 3;
/// What is longer than any name is none of them: its distance need not be known.
constexpr std::size_t kLongestTyped = 64;

/// Optimal string alignment: Levenshtein's distance, with swapped neighbours as one slip.
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> before_last(other.size() + 1);
    std::vector<std::size_t> last(other.size() + 1);
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= one.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= other.size(); ++j) {
            const std::size_t changed = one[i - 1] == other[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + changed});
            const bool swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last.back();
}

} // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& known) {
    std::string found;
    if (typed.size() > kLongestTyped) return found;
    std::size_t fewest = std::max<std::size_t>(1, typed.size() / kLettersPerSlip) + 1;
    for (const std::string& each : known) {
        const std::size_t slips = distance(typed, each);
        if (slips >= fewest) continue;
        fewest = slips;
        found = each;
    }
    return found;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known, std::string_view otherwise) {
    const std::string meant = nearest(typed, known);
    return meant.empty() ? std::string(otherwise) : fmt::format("did you mean {}?", meant);
}

// ── Before CLI11 sees it ────────────────────────────────────────────────────────────────────────

namespace {

bool takes_value(std::string_view name) {
    const OptionEntry* option = find_option(name);
    return option != nullptr && !option->is_flag();
}

bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

/// Whether the value of this option, or of the last of these short ones, is the next word.
bool has_value_behind(std::string_view option) {
    if (option.substr(0, 2) == "--") return takes_value(option); // none is named "output=FILE"
    for (std::size_t at = 1; at < option.size(); ++at)
        if (takes_value(std::string("-") + option[at])) return at + 1 == option.size();
    return false;
}

} // namespace

SplitCommandLine split_command_line(const std::vector<const char*>& words) {
    bool runs = false;
    for (std::size_t at = 1; at < words.size(); ++at) {
        const std::string_view word = words[at];
        const bool ends_options = word == "--";
        if (!ends_options && is_option(word)) {
            if (has_value_behind(word)) ++at;
        } else if (!runs && word == "run") {
            runs = true;
        } else if (runs) {
            const auto first = words.begin() + static_cast<std::ptrdiff_t>(at);
            return {{words.begin(), first}, {first + (ends_options ? 1 : 0), words.end()}};
        } else {
            break; // another command
        }
    }
    return {words, {}};
}

namespace {

bool is_number(std::string_view word) {
    return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Behind "--pid=" or "-p"; nullopt where the word is no such option, or its value is the next word.
std::optional<std::string_view> pids_within(std::string_view word) {
    for (const std::string_view before : {std::string_view("--pid="), std::string_view("-p")})
        if (word.size() > before.size() && word.substr(0, before.size()) == before) return word.substr(before.size());
    return std::nullopt;
}

} // namespace

std::vector<std::string> gather_pids(const std::vector<const char*>& words) {
    std::vector<std::string> gathered;
    std::optional<std::size_t> pids; // where they are
    std::size_t at = 0;
    const auto add = [&](std::string_view value) {
        if (!pids) {
            if (is_option(value)) {
                gathered.push_back("--pid=" + std::string(value));
            } else {
                gathered.insert(gathered.end(), {"--pid", std::string(value)});
            }
            pids = gathered.size() - 1;
        } else {
            gathered[*pids] += "," + std::string(value);
        }
        for (; at + 1 < words.size() && is_number(words[at + 1]); ++at)
            gathered[*pids] += "," + std::string(words[at + 1]);
    };
    for (; at < words.size(); ++at) {
        const std::string_view word = words[at];
        const bool has_next = at + 1 < words.size();
        if (word == "--") {
            gathered.insert(gathered.end(), words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
            break;
        }
        if (const auto value = pids_within(word)) {
            add(*value);
        } else if ((word == "-p" || word == "--pid") && has_next && !is_option(words[at + 1])) {
            add(words[++at]);
        } else {
            gathered.emplace_back(word);
            if (at > 0 && is_option(word) && has_value_behind(word) && has_next) gathered.emplace_back(words[++at]);
        }
    }
    return gathered;
}

namespace {

// ── By CLI11 ────────────────────────────────────────────────────────────────────────────────────

/// Its parser with every option and command of ours in it.
class Parser {
public:
    Parser() {
        app_.set_help_flag(); // our own texts
        for (const CommandEntry& each : command_table()) {
            CLI::App& subcommand = *app_.add_subcommand(each.name)->fallthrough();
            if (each.arguments[0] != '\0') subcommand.add_option(each.arguments, arguments_);
        }
        for (const OptionEntry& each : option_table()) declare(each);
        app_.require_subcommand(0, 1);
    }

    Result<TypedLine> parse(int argc, const char* const* argv);

private:
    struct Declared {
        const OptionEntry* entry;
        std::string text;
        bool is_given = false; ///< of a flag
        CLI::Option* option = nullptr;
    };

    void declare(const OptionEntry& entry);
    [[nodiscard]] Error unexpected_error(const std::vector<std::string>& unexpected) const;
    [[nodiscard]] Error usage_error(const CLI::ParseError& error) const;

    CLI::App app_;
    std::deque<Declared> declared_; ///< CLI11 keeps references to what is in it
    std::vector<std::string> arguments_;
};

void Parser::declare(const OptionEntry& entry) {
    Declared& declared = declared_.emplace_back(Declared{&entry, {}, false, nullptr});
    std::string names = entry.short_name;
    if (!names.empty() && entry.long_name[0] != '\0') names += ',';
    names += entry.long_name;
    declared.option = entry.is_flag() ? app_.add_flag(names, declared.is_given) : app_.add_option(names, declared.text);
    declared.option->multi_option_policy(entry.many == OptionEntry::Many::kRepeated ? CLI::MultiOptionPolicy::Join
                                                                                    : CLI::MultiOptionPolicy::Throw);
    // CLI11 takes "-4" for a number where the command at hand does not have it itself.
    if (entry.long_name[0] == '\0' && std::isdigit(static_cast<unsigned char>(entry.short_name[1])) != 0)
        for (CLI::App* command : app_.get_subcommands([](const CLI::App*) { return true; }))
            command->add_flag(names, declared.is_given);
}

Result<TypedLine> Parser::parse(int argc, const char* const* argv) {
    SplitCommandLine split = split_command_line({argv, argv + argc});
    TypedLine line;
    line.started = std::move(split.command);
    const std::vector<std::string> words = gather_pids(split.ours);
    std::vector<const char*> ours;
    ours.reserve(words.size());
    for (const std::string& word : words) ours.push_back(word.c_str());
    try {
        app_.parse(static_cast<int>(ours.size()), ours.data());
    } catch (const CLI::ParseError& error) {
        return tl::unexpected(usage_error(error));
    }
    for (const CommandEntry& each : command_table()) {
        const std::size_t times = app_.get_subcommand(each.name)->count();
        if (times > 1)
            return fail(ExitCode::kUsage, fmt::format("{} is given more than once", each.name),
                        "one command is run at a time");
        if (times == 1) line.command = each.id;
    }
    for (Declared& each : declared_)
        if (each.is_given || each.option->count() != 0) line.options.emplace_back(each.entry, std::move(each.text));
    line.arguments = std::move(arguments_);
    return line;
}

/// By a name alone a process is meant; by more words, a command that is to be started.
std::string what_may_be_meant(const std::vector<std::string>& words) {
    const std::string line = fmt::format("{}", fmt::join(words, " "));
    std::string starts = fmt::format("tcpblame run -- {} starts it, watched", line);
    if (words.size() > 1) return starts;
    return fmt::format("tcpblame -n {0} watches the processes of that name, tcpblame run -- {0} starts a command",
                       line);
}

Error no_such_option(std::string_view typed) {
    std::vector<std::string> known;
    for (const OptionEntry& each : option_table()) known.emplace_back(each.name());
    const std::string flag(typed.substr(0, typed.find('=')));
    // One letter is as near to any other.
    const bool is_long = flag.size() > std::string_view("-x").size();
    std::string todo = did_you_mean(is_long ? flag : "", known, "see tcpblame --help");
    if (flag == "-r" || flag == "--read") todo = "tcpblame report FILE reports a recording"; // as tcpdump has it
    return {ExitCode::kUsage, fmt::format("there is no option {}", flag), {}, std::move(todo)};
}

/// What somebody typed that is no option, no command, and nothing that the command takes.
Error Parser::unexpected_error(const std::vector<std::string>& unexpected) const {
    const std::string& typed = unexpected.front();
    if (typed.size() > 1 && typed.front() == '-') return no_such_option(typed);
    if (!app_.get_subcommands().empty()) {
        const std::string command = app_.get_subcommands().front()->get_name();
        return {ExitCode::kUsage, fmt::format("unexpected argument '{}'", typed), fmt::format("{} takes none", command),
                fmt::format("see tcpblame {} -h", command)};
    }
    if (is_number(typed))
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
Error Parser::usage_error(const CLI::ParseError& error) const {
    for (const Declared& each : declared_) {
        const CLI::Option& option = *each.option;
        const std::string_view name = each.entry->name();
        if (option.count() > 1 && each.entry->many != OptionEntry::Many::kRepeated)
            return {ExitCode::kUsage, fmt::format("{} is given more than once", name),
                    "which one is meant is not clear", "give it once; lists go with commas between"};
        if (each.entry->is_flag() || option.count() == 0) continue;
        const std::string value = option.results().empty() ? "" : option.results().front();
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

/// Why a command does not take the option.
Error refusal_of(const OptionEntry& option, CommandId id) {
    if (const auto only = option.commands.only()) {
        const char* name = command(*only).name;
        return {ExitCode::kUsage, fmt::format("{} is for {}", option.name(), name), option.reason,
                fmt::format("see tcpblame {} -h", name)};
    }
    const CommandEntry& entry = command(id);
    return {ExitCode::kUsage, fmt::format("{} is not for {}", option.name(), entry.name), entry.refusal,
            fmt::format(fmt::runtime(entry.instead), option.name())};
}

} // namespace

Result<TypedLine> take_apart(int argc, const char* const* argv) { return Parser().parse(argc, argv); }

bool TypedLine::has(std::string_view name) const {
    return std::any_of(options.begin(), options.end(), [&](const auto& each) { return each.first->name() == name; });
}

std::string_view TypedLine::first_of(std::initializer_list<std::string_view> names) const {
    const auto* found = std::find_if(names.begin(), names.end(), [&](std::string_view name) { return has(name); });
    return found == names.end() ? std::string_view() : *found;
}

Result<void> TypedLine::read_into(const OptionGroups& groups) const {
    for (const auto& [option, text] : options)
        if (!option->commands.has(command)) return tl::unexpected(refusal_of(*option, command));
    for (const auto& [option, text] : options)
        if (option->read != nullptr)
            if (auto taken = option->read({option->name(), text}, groups); !taken) return taken;
    if (has("-4") && has("-6")) // the same as neither
        groups.watch->selection.ipv4 = groups.watch->selection.ipv6 = true;
    return {};
}

} // namespace tcpblame::cli
