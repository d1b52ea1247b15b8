// tcpblame run CMD: start a command, and report what breaks in it.
#include "cli/commands/parser.hpp"
#include "cli/options/group.hpp"

#include <fmt/format.h>
#include <utility>

namespace tcpblame::cli {

Result<void> refuse_options_of_run(const CLI::App& app) {
    if (has(app, "--user")) return fail(ExitCode::kUsage, "--user is for run", "it says as whom a command is run");
    if (has(app, "--follow") && !has(app, "--pid"))
        return fail(ExitCode::kUsage, "--follow needs --pid", "it adds the children of the processes named there");
    return {};
}

namespace {

class RunParser : public CommandParser {
public:
    Result<Command> ask(const CLI::App& app, Options options) const override {
        if (options.command.empty())
            return fail(ExitCode::kUsage, "run needs a command", "none is given", "tcpblame run -- CMD…");
        if (const auto flag = given(app, {"--pid", "--comm", "--cgroup"}); !flag.empty())
            return fail(ExitCode::kUsage, fmt::format("{} is not for run", flag),
                        "it watches the command, and what comes from it");
        if (options.recording == "-")
            return fail(ExitCode::kUsage, "--write - is for record", "standard output is the command's", "name a file");
        for (const auto& checked : {refuse_options_of_report(app), refuse_options_of_top(app)})
            if (!checked) return tl::unexpected(checked.error());
        options.with_children = options.selection.follow; // its children are watched in any case
        if (options.dry_run) return DoctorCommand{std::move(options)};
        return RunCommand{std::move(options)};
    }
};

} // namespace

std::unique_ptr<CommandParser> run_parser() { return std::make_unique<RunParser>(); }

} // namespace tcpblame::cli
