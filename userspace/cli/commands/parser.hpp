/// The table of commands: each has a file of its own in this folder, which reads its part of the command line.
#pragma once

#include "cli/options.hpp"

#include <memory>
#include <vector>

namespace CLI {
class App;
}

namespace tcpblame::cli {

class CommandParser {
public:
    CommandParser() = default;
    CommandParser(const CommandParser&) = delete;
    CommandParser& operator=(const CommandParser&) = delete;
    virtual ~CommandParser() = default;

    /// What it takes besides the options that all commands share, and refuses in ask() where they mean nothing to it.
    virtual void declare(CLI::App& /*command*/) {}
    /// `app` knows which of the shared options were given; `options` holds them.
    virtual Result<Command> ask(const CLI::App& app, Options options) const = 0;
};

struct CommandEntry {
    const char* name;
    std::unique_ptr<CommandParser> (*make)();
};

/// The first is the one that is meant where none is named.
const std::vector<CommandEntry>& command_table();

// A file each.
std::unique_ptr<CommandParser> trace_parser();
std::unique_ptr<CommandParser> run_parser();
std::unique_ptr<CommandParser> record_parser();
std::unique_ptr<CommandParser> top_parser();
std::unique_ptr<CommandParser> report_parser();
std::unique_ptr<CommandParser> doctor_parser();
std::unique_ptr<CommandParser> explain_parser();
std::unique_ptr<CommandParser> schema_parser();

/// Refuses what only a recording can be asked for: for the commands that watch the running kernel.
Result<void> refuse_options_of_report(const CLI::App& app);

/// Refuses what only `top` takes.
Result<void> refuse_options_of_top(const CLI::App& app);

/// Refuses what only `run` takes, or takes alone: --follow without --pid.
Result<void> refuse_options_of_run(const CLI::App& app);

} // namespace tcpblame::cli
