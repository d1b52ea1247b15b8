#include "cli/completion_script.hpp"

#include "capture/hooks.hpp"
#include "cli/commands/commands.hpp"
#include "cli/option_table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>
#include <vector>

namespace tcpblame::cli {
namespace {

/// The function of each shell's script that offers the values.
struct Offer {
    Completion completion;
    const char* bash;
    const char* zsh;
    const char* fish;
};

constexpr std::array kOffers{
    Offer{Completion::kPid, "_tcpblame_pids", "_sequence _tcpblame_pids",
          "-x -a '(__tcpblame_list (__fish_complete_pids))'"},
    Offer{Completion::kProcessName, "_tcpblame_comms", "_sequence _tcpblame_comms", "-x -a '(__tcpblame_comms)'"},
    Offer{Completion::kListeningPort, "_tcpblame_ports 4 -l", "_sequence _tcpblame_listening",
          "-x -a '(__tcpblame_ports 4 -l)'"},
    Offer{Completion::kRemotePort, "_tcpblame_ports 5", "_sequence _tcpblame_connected",
          "-x -a '(__tcpblame_ports 5)'"},
    Offer{Completion::kRemoteHost, "_tcpblame_hosts", "_sequence _tcpblame_hosts", "-x -a '(__tcpblame_hosts)'"},
    Offer{Completion::kCgroup, "_tcpblame_cgroups", "_sequence _tcpblame_cgroups", "-x -a '(__tcpblame_cgroups)'"},
    Offer{Completion::kNetns, "_tcpblame_netns", "_sequence _tcpblame_netns", "-r -F -a '(__tcpblame_netns)'"},
    Offer{Completion::kUser, "_tcpblame_users", "_users", "-x -a '(__fish_complete_users)'"},
    Offer{Completion::kHook, "_tcpblame_hooks", "_sequence _tcpblame_hooks", "-x -a '(__tcpblame_hooks)'"},
    Offer{Completion::kFile, "_filedir", "_files", "-r -F"},
    Offer{Completion::kNothing, "", " ", "-x"},
};

const Offer* offer_of(Completion completion) {
    const auto* found =
        std::find_if(kOffers.begin(), kOffers.end(), [&](const Offer& each) { return each.completion == completion; });
    return found == kOffers.end() ? nullptr : found;
}

std::vector<std::string> names_of(const OptionEntry& option) {
    std::vector<std::string> names;
    for (const char* name : {option.short_name, option.long_name})
        if (name[0] != '\0') names.emplace_back(name);
    return names;
}

std::vector<std::string> commands_without(const OptionEntry& option) {
    std::vector<std::string> names;
    for (const CommandEntry& each : command_table())
        if (!option.commands.has(each.id)) names.emplace_back(each.name);
    return names;
}

/// The summary's first clause: what is behind ';' or in brackets is for the help.
std::string brief_of(const OptionEntry& option) {
    std::string brief = option.summary;
    brief.resize(std::min({brief.size(), brief.find(';'), brief.find(" (")}));
    return brief;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

std::string command_names(std::string_view between) {
    std::vector<std::string> names;
    for (const CommandEntry& each : command_table()) names.emplace_back(each.name);
    return fmt::format("{}", fmt::join(names, between));
}

std::string hooks() {
    std::vector<std::string> words;
    for (const capture::Hook& role : capture::hooks())
        for (const capture::Candidate& candidate : role.candidates)
            if (std::string word = fmt::format("{}={}", role.name, candidate.kind);
                std::find(words.begin(), words.end(), word) == words.end())
                words.push_back(std::move(word));
    return fmt::format("{}", fmt::join(words, " "));
}

/// Options that the same commands take, one after the other.
struct Group {
    std::vector<std::string> refused_by;
    std::vector<const OptionEntry*> options;
};

std::vector<Group> groups() {
    std::vector<Group> groups;
    for (const OptionEntry& each : option_table()) {
        auto refused_by = commands_without(each);
        const auto found = std::find_if(groups.begin(), groups.end(),
                                        [&](const Group& group) { return group.refused_by == refused_by; });
        if (found == groups.end())
            groups.push_back({std::move(refused_by), {&each}});
        else
            found->options.push_back(&each);
    }
    return groups;
}

// ── bash ────────────────────────────────────────────────────────────────────────────────────────

std::string bash_values() {
    std::string cases;
    for (const OptionEntry& each : option_table()) {
        if (each.is_flag()) continue;
        const std::string offer = each.completion == Completion::kWords ? fmt::format("_tcpblame_list {}", each.words)
                                                                        : offer_of(each.completion)->bash;
        cases +=
            fmt::format("    {}) {}return ;;\n", fmt::join(names_of(each), " | "), offer.empty() ? "" : offer + " && ");
    }
    return cases;
}

std::string bash_options() {
    std::string lines;
    for (const Group& group : groups()) {
        std::vector<std::string> names;
        for (const OptionEntry* each : group.options)
            for (std::string& name : names_of(*each)) names.push_back(std::move(name));
        const std::string condition =
            group.refused_by.empty() ? ""
                                     : fmt::format("[[ $command == @({}) ]] || ", fmt::join(group.refused_by, "|"));
        lines += fmt::format("        {}options+=({})\n", condition, fmt::join(names, " "));
    }
    return lines;
}

// ── zsh ─────────────────────────────────────────────────────────────────────────────────────────

/// '(-P --port)'{-P+,--port=}'[connections with this port]:PORT:_sequence _tcpblame_listening'
std::string zsh_spec(const OptionEntry& option) {
    std::vector<std::string> names = names_of(option);
    const bool is_help = option.section == Section::kHelp;
    const bool repeats = option.many == OptionEntry::Many::kRepeated;
    std::string spec = names.size() > 1 ? fmt::format("({})", fmt::join(names, " ")) : "";
    if (is_help) spec = "(- *)";
    if (repeats) spec = "*";
    if (!option.is_flag())
        for (std::string& name : names) name += name.substr(0, 2) == "--" ? "=" : "+";
    if (names.size() > 1)
        spec = fmt::format("'{}'{{{}}}'", spec, fmt::join(names, ","));
    else
        spec = fmt::format("'{}{}", spec, names.front());
    spec += fmt::format("[{}]", replaced(brief_of(option), "'", "'\\''"));
    if (!option.is_flag())
        spec += fmt::format(":{}:{}", replaced(option.argument, ":", "\\:"),
                            option.completion == Completion::kWords ? fmt::format("({})", option.words)
                                                                    : offer_of(option.completion)->zsh);
    return spec + "'";
}

std::string zsh_options() {
    std::string lines;
    for (const Group& group : groups()) {
        if (!group.refused_by.empty())
            lines += fmt::format("  [[ $command == ({}) ]] || ", fmt::join(group.refused_by, "|"));
        else
            lines += "  ";
        lines += "arguments+=(\n";
        for (const OptionEntry* each : group.options) lines += fmt::format("    {}\n", zsh_spec(*each));
        lines += "  )\n";
    }
    return lines;
}

std::string zsh_commands() {
    std::string lines;
    for (const CommandEntry& each : command_table()) lines += fmt::format("    '{}\\:\"{}\"'\n", each.name, each.brief);
    return lines;
}

// ── fish ────────────────────────────────────────────────────────────────────────────────────────

std::string fish_quoted(std::string_view text) { return "'" + replaced(std::string(text), "'", "\\'") + "'"; }

std::string fish_options() {
    std::string lines;
    for (const OptionEntry& each : option_table()) {
        std::string line = "complete -c tcpblame";
        if (const auto refused_by = commands_without(each); !refused_by.empty())
            line += fmt::format(" -n 'not __fish_seen_subcommand_from {}'", fmt::join(refused_by, " "));
        if (each.short_name[0] != '\0') line += fmt::format(" -s {}", each.short_name + 1);
        if (each.long_name[0] != '\0') line += fmt::format(" -l {}", each.long_name + 2);
        if (!each.is_flag())
            line += ' ' + (each.completion == Completion::kWords ? fmt::format("-x -a '{}'", each.words)
                                                                 : std::string(offer_of(each.completion)->fish));
        std::string brief = brief_of(each);
        brief.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(brief.front())));
        lines += fmt::format("{} -d {}\n", line, fish_quoted(brief));
    }
    return lines;
}

std::string fish_commands() {
    std::string lines;
    for (const CommandEntry& each : command_table())
        lines += fmt::format("complete -c tcpblame -n $no_command -a {} -d {}\n", each.name, fish_quoted(each.brief));
    return lines;
}

/// Of `run`, so that a value is not taken for its command.
std::string fish_options_with_values() {
    std::vector<std::string> names;
    for (const OptionEntry& each : option_table())
        if (!each.is_flag() && each.commands.has(CommandId::kRun))
            for (std::string& name : names_of(each)) names.push_back(std::move(name));
    return fmt::format("{}", fmt::join(names, " "));
}

} // namespace

std::string completion_script(std::string_view shell, std::string script) {
    std::vector<std::pair<std::string_view, std::string>> marks{
        {"%COMMAND_NAMES%", command_names(" ")},
        {"%COMMAND_PATTERN%", command_names("|")},
        {"%EXPLAINED%", fmt::format("{}", fmt::join(explained_names(), " "))},
        {"%HOOKS%", hooks()},
    };
    if (shell == "bash") marks.insert(marks.end(), {{"%VALUES%\n", bash_values()}, {"%OPTIONS%\n", bash_options()}});
    if (shell == "zsh") marks.insert(marks.end(), {{"%OPTIONS%\n", zsh_options()}, {"%COMMANDS%\n", zsh_commands()}});
    if (shell == "fish")
        marks.insert(marks.end(), {{"%OPTIONS%\n", fish_options()},
                                   {"%COMMANDS%\n", fish_commands()},
                                   {"%OPTIONS_WITH_VALUES%", fish_options_with_values()}});
    for (const auto& [mark, text] : marks) script = replaced(std::move(script), mark, text);
    return script;
}

} // namespace tcpblame::cli
