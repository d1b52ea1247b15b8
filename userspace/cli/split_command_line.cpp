#include "cli/split_command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstddef>
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

} // namespace tcpblame::cli
