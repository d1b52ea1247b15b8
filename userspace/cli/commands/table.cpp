#include "cli/commands/parser.hpp"

namespace tcpblame::cli {

const std::vector<CommandEntry>& command_table() {
    static const std::vector<CommandEntry> table = {
        {"trace", trace_parser},   {"run", run_parser},       {"top", top_parser},         {"record", record_parser},
        {"report", report_parser}, {"doctor", doctor_parser}, {"explain", explain_parser}, {"schema", schema_parser},
    };
    return table;
}

} // namespace tcpblame::cli
