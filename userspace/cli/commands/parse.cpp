// From the command line to the command that it asks for, and what several commands check alike.
#include "cli/commands/commands.hpp"
#include "cli/embedded.hpp"
#include "cli/option_docs.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <string_view>
#include <system_error>

namespace tcpblame::cli {
namespace {

std::string version_line() { return fmt::format("tcpblame {}\n", kVersion); }

/// "help", "help COMMAND", "version", as other tools have them.
std::optional<Command> asked_by_a_word(const std::vector<std::string_view>& words) {
    if (words.size() == 1 && words[0] == "version") return PrintCommand{version_line()};
    if (words.empty() || words.size() > 2 || words[0] != "help") return std::nullopt;
    if (words.size() == 1 || words[1] == command_table().front().name) return PrintCommand{long_help()};
    std::string page = command_help(words[1]);
    return page.empty() ? std::nullopt : std::optional<Command>(PrintCommand{std::move(page)});
}

std::optional<Command> asked_by_an_option(const TypedLine& line) {
    const bool long_one = line.has("--help");
    if (long_one || line.has("-h")) {
        std::string page = command_help(command(line.command).name);
        return PrintCommand{!page.empty() ? std::move(page) : long_one ? long_help() : short_help()};
    }
    return line.has("--version") ? std::optional<Command>(PrintCommand{version_line()}) : std::nullopt;
}

Result<Command> read_command(const TypedLine& line) {
    switch (line.command) {
    case CommandId::kTrace: return read_trace(line);
    case CommandId::kRun: return read_run(line);
    case CommandId::kTop: return read_top(line);
    case CommandId::kRecord: return read_record(line);
    case CommandId::kAgent: return read_agent(line);
    case CommandId::kReport: return read_report(line);
    case CommandId::kDoctor: return read_doctor(line);
    case CommandId::kExplain: return read_explain(line);
    case CommandId::kSchema: return read_schema(line);
    case CommandId::kStore: return read_store(line);
    }
    return read_trace(line);
}

Result<void> check_rotation(const TypedLine& line, const RecordingOptions& recording) {
    const auto flag = line.first_of({"--max-size", "--max-age", "--max-files"});
    if (flag.empty()) return {};
    if (recording.file.empty() || recording.file == "-")
        return fail(ExitCode::kUsage, fmt::format("{} needs --write with a file", flag),
                    "it is for recordings in files", "tcpblame record -w FILE --max-size 64M");
    if (!recording.rotation.wanted())
        return fail(ExitCode::kUsage, "--max-files needs --max-size or --max-age",
                    "when the next file is to be begun is not said", "for example: --max-size 64M --max-files 8");
    return {};
}

} // namespace

Result<Command> parse(int argc, const char* const* argv) {
    if (auto asked = asked_by_a_word({argv + 1, argv + std::max(argc, 1)})) return std::move(*asked);
    const auto line = take_apart(argc, argv);
    if (!line) return tl::unexpected(line.error());
    if (auto asked = asked_by_an_option(*line)) return std::move(*asked);
    return read_command(*line);
}

bool is_same_file(const std::string& one, const std::string& other) {
    std::error_code no_such_file;
    if (std::filesystem::exists(one, no_such_file) && !std::filesystem::is_regular_file(one, no_such_file))
        return false; // what two write to /dev/null does not mix
    return one == other || std::filesystem::equivalent(one, other, no_such_file);
}

Result<void> check_follow(const TypedLine& line) {
    if (!line.has("--follow") || line.has("--pid")) return {};
    return fail(ExitCode::kUsage, "--follow needs --pid", "it adds the children of the processes named there");
}

Result<void> check_part(const TypedLine& line, const model::Selection& selection) {
    if (!line.has("--as") || selection.by_process() || selection.as == model::Part::kVictim) return {};
    return fail(ExitCode::kUsage,
                fmt::format("--as {} needs a process", selection.as == model::Part::kBoth ? "both" : "culprit"),
                "it asks what the processes named by --pid, --comm or --cgroup break for others",
                "for example: -p PID --as culprit");
}

Result<void> check_output(const TypedLine& line) {
    const auto flag = line.first_of({"--format", "--json", "--wide", "--html", "--perfetto"});
    for (const std::string_view other : {"--json", "--wide", "--html", "--perfetto"})
        if (flag != other && line.has(other))
            return fail(ExitCode::kUsage, fmt::format("{} and {} are given", flag, other), "each is another format",
                        "give one of them");
    if (const auto page = line.first_of({"--html", "--perfetto"}); !page.empty() && line.has("--output"))
        return fail(ExitCode::kUsage, fmt::format("--output is given beside {}", page),
                    fmt::format("{} names the file itself", page), "leave --output out");
    return check_overwrite(line);
}

Result<void> check_overwrite(const TypedLine& line) {
    if (!line.has("--overwrite") || !line.first_of({"--write", "--output", "--html", "--perfetto"}).empty()) return {};
    return fail(ExitCode::kUsage, "--overwrite needs a file", "no option names one",
                "give it beside --write FILE or --output FILE");
}

Result<void> check_store(const TypedLine& line) {
    const auto flag = line.first_of({"--store-spool-bytes", "--store-spool", "--store-credentials"});
    if (flag.empty() || line.has("--store"))
        return flag != "--store-spool-bytes" || line.has("--store-spool")
                   ? Result<void>{}
                   : fail(ExitCode::kUsage, "--store-spool-bytes needs --store-spool", "it is that folder's bound");
    return fail(ExitCode::kUsage, fmt::format("{} needs --store", flag), "it is for what is sent to a store",
                "--store http://HOST:8123/DATABASE");
}

Result<void> check_recording(const TypedLine& line, const RecordingOptions& recording, const OutputOptions* output) {
    if (output != nullptr && !recording.file.empty() && is_same_file(recording.file, output->file))
        return fail(ExitCode::kUsage, "--write and --output name the same file", "each would overwrite the other",
                    "name two files");
    return check_rotation(line, recording);
}

Result<void> check_metrics(const TypedLine& line) {
    if (!line.has("--metrics-by") || line.has("--metrics")) return {};
    return fail(ExitCode::kUsage, "--metrics-by needs --metrics", "it says what is in the counters that are served",
                "for example: --metrics 9435 --metrics-by unit");
}

Result<int> status_of(const Result<void>& done) {
    if (!done) return tl::unexpected(done.error());
    return static_cast<int>(ExitCode::kOk);
}

} // namespace tcpblame::cli
