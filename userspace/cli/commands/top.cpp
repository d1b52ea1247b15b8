// tcpblame top: who breaks whom, as a table that is always up to date.
#include "cli/commands/parser.hpp"
#include "cli/options/group.hpp"

#include <fmt/format.h>
#include <utility>

namespace tcpblame::cli {

Result<void> refuse_options_of_top(const CLI::App& app) {
    if (has(app, "--interval"))
        return fail(ExitCode::kUsage, "--interval is for top", "it says how often its table is refreshed");
    return {};
}

namespace {

class TopParser : public CommandParser {
public:
    Result<Command> ask(const CLI::App& app, Options options) const override {
        if (const auto flag = given(app, {"--json", "--wide", "--format", "--output"}); !flag.empty())
            return fail(ExitCode::kUsage, fmt::format("{} is not for top", flag), "it shows a table at a terminal",
                        fmt::format("tcpblame trace {}, or keep what happens by --write", flag));
        if (options.recording == "-")
            return fail(ExitCode::kUsage, "--write - is for record", "standard output is the terminal", "name a file");
        for (const auto& checked : {refuse_options_of_report(app), refuse_options_of_run(app)})
            if (!checked) return tl::unexpected(checked.error());
        if (options.dry_run) return DoctorCommand{std::move(options)};
        options.top = true;
        return TopCommand{std::move(options)};
    }
};

} // namespace

std::unique_ptr<CommandParser> top_parser() { return std::make_unique<TopParser>(); }

} // namespace tcpblame::cli
