#include "cli/config_file.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tcpblame::cli {
namespace {

tl::unexpected<Error> wrong(const std::string& path, std::string what, std::string todo) {
    return fail(ExitCode::kUsage, fmt::format("{}: {}", path, what), {}, std::move(todo));
}

Result<std::vector<CLI::ConfigItem>> items_of(const std::string& path) {
    std::ifstream file(path);
    if (!file)
        return fail(ExitCode::kFailure, fmt::format("cannot read {}", path), std::strerror(errno),
                    "name a file that is there, and that its user may read");
    try {
        return CLI::ConfigTOML().from_config(file);
    } catch (const CLI::Error& error) {
        return wrong(path, error.what(), "see CONFIGURATION FILE in tcpblame-agent(1)");
    }
}

/// As the command line would have it; nullopt for a flag that is not wanted.
Result<std::optional<std::string>> text_of(const CLI::ConfigItem& item, const OptionEntry& option,
                                           const std::string& path) {
    if (option.is_flag()) {
        const std::string value = item.inputs.size() == 1 ? CLI::detail::to_lower(item.inputs.front()) : "";
        if (value == "true") return std::optional<std::string>("");
        if (value == "false") return std::optional<std::string>();
        return wrong(path, fmt::format("{} is true or false", item.name), fmt::format("write: {} = true", item.name));
    }
    if (item.inputs.empty() || (item.inputs.size() > 1 && option.many == OptionEntry::Many::kOne))
        return wrong(path, fmt::format("{} takes one value", item.name),
                     fmt::format("write: {} = \"{}\"", item.name, option.argument));
    return std::optional<std::string>(fmt::format("{}", fmt::join(item.inputs, ",")));
}

Result<const OptionEntry*> option_of(const CLI::ConfigItem& item, CommandId id, const std::string& path) {
    if (!item.parents.empty())
        return wrong(path, fmt::format("there are no sections in it, as [{}]", item.parents.front()),
                     "leave the section's line out");
    std::vector<std::string> known;
    for (const OptionEntry& each : option_table()) {
        const std::string_view name = each.long_name;
        if (name.empty() || each.section == Section::kHelp || name == "--config" || !each.commands.has(id)) continue;
        if (name.substr(2) == item.name) return &each;
        known.emplace_back(name.substr(2));
    }
    return wrong(path, fmt::format("there is no option '{}' for {}", item.name, command(id).name),
                 did_you_mean(item.name, known, fmt::format("see tcpblame {} -h", command(id).name)));
}

} // namespace

Result<TypedLine> with_config_file(TypedLine line, const std::string& path) {
    const auto items = items_of(path);
    if (!items) return tl::unexpected(items.error());
    std::vector<std::pair<const OptionEntry*, std::string>> found;
    for (const CLI::ConfigItem& item : *items) {
        const auto option = option_of(item, line.command, path);
        if (!option) return tl::unexpected(option.error());
        if (std::any_of(found.begin(), found.end(), [&](const auto& each) { return each.first == *option; }))
            return wrong(path, fmt::format("{} stands there more than once", item.name), "leave one of them out");
        auto text = text_of(item, **option, path);
        if (!text) return tl::unexpected(text.error());
        if (*text) found.emplace_back(*option, std::move(**text));
    }
    for (auto& each : found)
        if (!line.has(each.first->name())) line.options.push_back(std::move(each));
    std::stable_sort(line.options.begin(), line.options.end(),
                     [](const auto& one, const auto& other) { return one.first < other.first; });
    return line;
}

} // namespace tcpblame::cli
