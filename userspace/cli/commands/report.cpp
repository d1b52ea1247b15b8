// tcpblame report FILE…: report what was recorded.
#include "cli/commands/parser.hpp"
#include "cli/options/group.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <utility>

namespace tcpblame::cli {
namespace {

/// `output_flag`: what has named the file to write to.
Result<void> check_recordings(const std::string& output_flag, const Options& options) {
    const std::vector<std::string>& files = options.reports;
    if (files.empty())
        return fail(ExitCode::kUsage, "report needs a recording", "none is given",
                    "tcpblame report FILE…, or - for standard input");
    for (auto file = files.begin(); file != files.end(); ++file) {
        if (file->empty())
            return fail(ExitCode::kUsage, "report does not take an empty name", "it takes a recording, or -");
        if (is_same_file(*file, options.output))
            return fail(ExitCode::kUsage, fmt::format("{} names the recording", output_flag),
                        "it would be overwritten while it is read", "name another file");
        if (*file == "-" && files.size() > 1)
            return fail(ExitCode::kUsage, "report does not take - beside other recordings",
                        "to join them it reads each of them twice", "keep it in a file first");
        if (std::any_of(files.begin(), file, [&](const std::string& other) { return is_same_file(*file, other); }))
            return fail(ExitCode::kUsage, fmt::format("report is given {} twice", *file),
                        "what is in it would be reported twice", "name each recording once");
    }
    return {};
}

class ReportParser : public CommandParser {
public:
    void declare(CLI::App& command) override { add_arguments(command, "file", files_); }

    Result<Command> ask(const CLI::App& app, Options options) const override {
        options.reports = files_;
        const auto flag = given(
            app, {"--follow", "--reads", "--duration", "--hook", "--dry-run", "--ring", "--max-memory", "--write"});
        if (!flag.empty())
            return fail(ExitCode::kUsage, fmt::format("{} is not for report", flag), "it needs the running kernel",
                        "give it to record");
        for (const auto& checked : {refuse_options_of_run(app), refuse_options_of_top(app)})
            if (!checked) return tl::unexpected(checked.error());
        const auto output_flag = given(app, {"--output", "--html", "--perfetto"});
        if (auto checked = check_recordings(output_flag, options); !checked) return tl::unexpected(checked.error());
        return ReportCommand{std::move(options)};
    }

private:
    std::vector<std::string> files_;
};

} // namespace

std::unique_ptr<CommandParser> report_parser() { return std::make_unique<ReportParser>(); }

} // namespace tcpblame::cli
