// tcpblame doctor: what this kernel can show, and what it costs.
#include "cli/commands/parser.hpp"
#include "cli/options/group.hpp"

#include <fmt/format.h>
#include <utility>

namespace tcpblame::cli {
namespace {

class DoctorParser : public CommandParser {
public:
    Result<Command> ask(const CLI::App& app, Options options) const override {
        for (const auto& checked :
             {refuse_options_of_report(app), refuse_options_of_run(app), refuse_options_of_top(app)})
            if (!checked) return tl::unexpected(checked.error());
        if (options.format == Format::kTable)
            return fail(ExitCode::kUsage, fmt::format("{} is not for doctor", given(app, {"--wide", "--format"})),
                        "a table has a line a verdict", "doctor prints text, or JSON by --json");
        return DoctorCommand{std::move(options)};
    }
};

} // namespace

std::unique_ptr<CommandParser> doctor_parser() { return std::make_unique<DoctorParser>(); }

} // namespace tcpblame::cli
