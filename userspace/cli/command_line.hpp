/// A command line, taken apart by the option table; CLI11 does the parsing.
#pragma once

#include "base/result.hpp"
#include "cli/option_table.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcpblame::cli {

/// Which command, which options with which values, and what else stands there.
struct TypedLine {
    CommandId command = CommandId::kTrace;
    std::vector<std::pair<const OptionEntry*, std::string>> options; ///< in the order of the table
    std::vector<std::string> arguments;                              ///< without a flag: files, causes
    std::vector<std::string> started;                                ///< of run: the command, and its arguments

    [[nodiscard]] bool has(std::string_view name) const;
    /// The first of the options that was given; empty if none was.
    [[nodiscard]] std::string_view first_of(std::initializer_list<std::string_view> names) const;

    /// Reads every option into its group. Fails with kUsage for one that the command does not take, or a bad value.
    Result<void> read_into(const OptionGroups& groups) const;
};

/// Fails with kUsage. What asks for a help or the version is among the options.
Result<TypedLine> take_apart(int argc, const char* const* argv);

struct SplitCommandLine {
    std::vector<const char*> ours;    ///< the program's name at first
    std::vector<std::string> command; ///< behind "run": what it is to start, from the first word that is no option
};

/// Options that look like ours may belong to the command: what is behind "run" has to be known before all is parsed.
SplitCommandLine split_command_line(const std::vector<const char*>& words);

/// The same words, with one --pid for all pids: "-p 1 2 -p 3", as $(pidof) gives them, is "--pid 1,2,3".
std::vector<std::string> gather_pids(const std::vector<const char*>& words);

/// The word that was meant, where one is near enough; else empty.
std::string nearest(std::string_view typed, const std::vector<std::string>& known);

/// "did you mean --port?", or `otherwise` where nothing is near.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known, std::string_view otherwise);

} // namespace tcpblame::cli
