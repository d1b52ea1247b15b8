// tcpblame record: keep what happens, and print nothing.
#include "cli/commands/parser.hpp"
#include "cli/options/group.hpp"

#include <fmt/format.h>
#include <utility>

namespace tcpblame::cli {
namespace {

class RecordParser : public CommandParser {
public:
    Result<Command> ask(const CLI::App& app, Options options) const override {
        options.quiet = true;
        if (options.recording.empty())
            return fail(ExitCode::kUsage, "record needs --write", "it records into a file", "tcpblame record -w FILE");
        if (const auto flag =
                given(app, {"--json", "--wide", "--format", "--relative", "--verbose", "--output", "--color"});
            !flag.empty())
            return fail(ExitCode::kUsage, fmt::format("{} is not for record", flag), "it prints nothing",
                        "leave it out, or give it to report");
        for (const auto& checked :
             {refuse_options_of_report(app), refuse_options_of_run(app), refuse_options_of_top(app)})
            if (!checked) return tl::unexpected(checked.error());
        if (options.dry_run) return DoctorCommand{std::move(options)};
        return TraceCommand{std::move(options)};
    }
};

} // namespace

std::unique_ptr<CommandParser> record_parser() { return std::make_unique<RecordParser>(); }

} // namespace tcpblame::cli
