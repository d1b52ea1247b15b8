/// What the files of this folder have alike: a group of options, and helpers to take what was typed.
#pragma once

#include "cli/options.hpp"

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App; // CLI11 takes seconds to compile: its headers are for group.cpp and options.cpp
}

namespace tcpblame::cli {

/// Options that belong together. It keeps what is typed, and puts it into the `Options` once all of it is there.
class OptionGroup {
public:
    OptionGroup() = default;
    OptionGroup(const OptionGroup&) = delete;
    OptionGroup& operator=(const OptionGroup&) = delete;
    virtual ~OptionGroup() = default;

    /// Each option with a long name and, where it has one, a short: "-p,--pid". The commands are declared already.
    virtual void declare(CLI::App& app) = 0;
    virtual Result<void> take(const CLI::App& app, Options& options) const = 0;
};

// A file each.
std::unique_ptr<OptionGroup> watch_options();
std::unique_ptr<OptionGroup> report_options();
std::unique_ptr<OptionGroup> print_options();
std::unique_ptr<OptionGroup> keep_options();
std::unique_ptr<OptionGroup> test_options();

// Each declares options, by names such as "-p,--pid", and says where to what is typed goes.
void add_option(CLI::App& app, const char* names, std::string& value);
void add_flag(CLI::App& app, const char* names, bool& value);
/// What stands on the command line without a flag.
void add_arguments(CLI::App& app, const char* name, std::vector<std::string>& values);

std::vector<CLI::App*> commands_of(CLI::App& app);

/// The first of the flags that was given; empty if none was.
std::string given(const CLI::App& app, std::initializer_list<const char*> flags);
/// The first that was given and is none of these.
std::string given_besides(const CLI::App& app, std::initializer_list<std::string_view> flags);
bool has(const CLI::App& app, const char* flag);

/// Puts a parsed value where it belongs, where the flag was given.
template <typename Target, typename Parse>
Result<void> take(const CLI::App& app, const char* flag, const std::string& text, Target& target, Parse parse) {
    if (!has(app, flag)) return {};
    auto value = parse(flag, text);
    if (!value) return tl::unexpected(value.error());
    target = std::move(*value);
    return {};
}

/// Not devices: what two write to /dev/null does not mix.
bool is_same_file(const std::string& one, const std::string& other);

} // namespace tcpblame::cli
