#include "cli/split_command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstddef>
#include <optional>
#include <string_view>

namespace tcpblame::cli {
namespace {

bool takes_value(const CLI::App& app, const std::string& name) {
    const CLI::Option* option = app.get_option_no_throw(name);
    return option != nullptr && option->get_items_expected_max() != 0;
}

bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

/// Whether the value of this option, or of the last of these short ones, is the next word.
bool has_value_behind(const CLI::App& app, std::string_view option) {
    if (option.substr(0, 2) == "--") return takes_value(app, std::string(option)); // none is named "output=FILE"
    for (std::size_t at = 1; at < option.size(); ++at)
        if (takes_value(app, std::string("-") + option[at])) return at + 1 == option.size();
    return false;
}

} // namespace

SplitCommandLine split_command_line(const CLI::App& app, const std::vector<const char*>& words) {
    bool runs = false;
    for (std::size_t at = 1; at < words.size(); ++at) {
        const std::string_view word = words[at];
        const bool ends_options = word == "--";
        if (!ends_options && is_option(word)) {
            if (has_value_behind(app, word)) ++at;
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

std::vector<std::string> gather_pids(const CLI::App& app, const std::vector<const char*>& words) {
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
            if (at > 0 && is_option(word) && has_value_behind(app, word) && has_next)
                gathered.emplace_back(words[++at]);
        }
    }
    return gathered;
}

} // namespace tcpblame::cli
