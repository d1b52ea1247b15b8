#include "cli/options/group.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <system_error>

namespace tcpblame::cli {

void add_option(CLI::App& app, const char* names, std::string& value) { app.add_option(names, value); }

void add_flag(CLI::App& app, const char* names, bool& value) { app.add_flag(names, value); }

void add_arguments(CLI::App& app, const char* name, std::vector<std::string>& values) { app.add_option(name, values); }

std::vector<CLI::App*> commands_of(CLI::App& app) {
    return app.get_subcommands([](const CLI::App*) { return true; });
}

bool has(const CLI::App& app, const char* flag) { return app.count(flag) != 0; }

std::string given(const CLI::App& app, std::initializer_list<const char*> flags) {
    for (const char* flag : flags)
        if (has(app, flag)) return flag;
    return {};
}

std::string given_besides(const CLI::App& app, std::initializer_list<std::string_view> flags) {
    for (const CLI::Option* option : app.get_options()) {
        std::string name = option->get_name();
        if (option->count() != 0 && std::find(flags.begin(), flags.end(), name) == flags.end()) return name;
    }
    return {};
}

bool is_same_file(const std::string& one, const std::string& other) {
    std::error_code no_such_file;
    if (std::filesystem::exists(one, no_such_file) && !std::filesystem::is_regular_file(one, no_such_file))
        return false;
    return one == other || std::filesystem::equivalent(one, other, no_such_file);
}

} // namespace tcpblame::cli
