// tcpblame explain [CAUSE…]: what a cause means, and what to do about it.
#include "cli/explain.hpp"
#include "cli/commands/parser.hpp"
#include "cli/options/group.hpp"
#include "cli/suggestion.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>

namespace tcpblame::cli {
namespace {

bool is_an_outcome(std::string_view typed) {
    constexpr std::array<std::string_view, 3> kOutcomes{"SIGPIPE", "EPIPE", "ECONNRESET"};
    return std::find(kOutcomes.begin(), kOutcomes.end(), typed) != kOutcomes.end();
}

class ExplainParser : public CommandParser {
public:
    void declare(CLI::App& command) override { add_arguments(command, "cause", causes_); }

    Result<Command> ask(const CLI::App& app, Options options) const override {
        if (const auto flag = given_besides(app, {"--color"}); !flag.empty())
            return fail(ExitCode::kUsage, fmt::format("{} is not for explain", flag), "it prints a text",
                        "tcpblame explain [CAUSE…]");
        const std::vector<std::string> known = explained_causes();
        for (const std::string& cause : causes_) {
            if (is_an_outcome(cause))
                return fail(ExitCode::kUsage, fmt::format("{} is what a program gets, and has many causes", cause), "",
                            "tcpblame explain lists them; which it was, tcpblame reports a connection that it watches");
            if (std::find(known.begin(), known.end(), cause) == known.end())
                return fail(ExitCode::kUsage, fmt::format("there is no cause '{}'", cause), "",
                            did_you_mean(cause, known, "tcpblame explain lists them"));
        }
        return ExplainCommand{causes_, options.color};
    }

private:
    std::vector<std::string> causes_;
};

} // namespace

std::unique_ptr<CommandParser> explain_parser() { return std::make_unique<ExplainParser>(); }

} // namespace tcpblame::cli
