// tcpblame [trace]: watch, and report what breaks.
#include "cli/commands/parser.hpp"
#include "cli/options/group.hpp"

#include <fmt/format.h>
#include <utility>

namespace tcpblame::cli {

Result<void> refuse_options_of_report(const CLI::App& app) {
    if (has(app, "--errors-only"))
        return fail(ExitCode::kUsage, "--errors-only is for report", "a trace shows no orderly end unless by --all");
    if (const auto flag = given(app, {"--since", "--until"}); !flag.empty())
        return fail(ExitCode::kUsage, fmt::format("{} is for report", flag),
                    "a trace reports what happens from now on");
    if (const auto flag = given(app, {"--html", "--perfetto"}); !flag.empty())
        return fail(ExitCode::kUsage, fmt::format("{} is for report", flag), "it needs all that there is to report",
                    fmt::format("tcpblame record -w RECORDING, then tcpblame report {} FILE RECORDING", flag));
    return {};
}

namespace {

class TraceParser : public CommandParser {
public:
    Result<Command> ask(const CLI::App& app, Options options) const override {
        if (options.recording == "-" && options.output.empty())
            return fail(ExitCode::kUsage, "--write - is for record", "standard output cannot be a recording and a text",
                        "tcpblame record -w -, or print elsewhere by --output");
        for (const auto& checked :
             {refuse_options_of_report(app), refuse_options_of_run(app), refuse_options_of_top(app)})
            if (!checked) return tl::unexpected(checked.error());
        if (options.dry_run) return DoctorCommand{std::move(options)};
        return TraceCommand{std::move(options)};
    }
};

} // namespace

std::unique_ptr<CommandParser> trace_parser() { return std::make_unique<TraceParser>(); }

} // namespace tcpblame::cli
