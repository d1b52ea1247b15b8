// tcpblame schema: the JSON Schema of what --json prints. And every other text that is printed as it is.
#include "cli/commands/commands.hpp"
#include "cli/embedded.hpp"
#include "cli/output/writer.hpp"

namespace tcpblame::cli {

Result<Command> read_schema(const TypedLine& line) {
    if (auto taken = line.read_into({}); !taken) return tl::unexpected(taken.error());
    return PrintCommand{std::string(embedded("schema.json"))};
}

Result<int> carry_out(const PrintCommand& command) { return status_of(print(command.text)); }

} // namespace tcpblame::cli
