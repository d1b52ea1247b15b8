// tcpblame schema: the JSON Schema of what --json prints.
#include "cli/commands/parser.hpp"
#include "cli/embedded.hpp"
#include "cli/options/group.hpp"

#include <fmt/format.h>

namespace tcpblame::cli {
namespace {

class SchemaParser : public CommandParser {
public:
    Result<Command> ask(const CLI::App& app, Options /*options*/) const override {
        if (const auto flag = given_besides(app, {}); !flag.empty())
            return fail(ExitCode::kUsage, fmt::format("{} is not for schema", flag), "it prints a file as it is",
                        "tcpblame schema");
        return PrintCommand{std::string(embedded("schema.json"))};
    }
};

} // namespace

std::unique_ptr<CommandParser> schema_parser() { return std::make_unique<SchemaParser>(); }

} // namespace tcpblame::cli
