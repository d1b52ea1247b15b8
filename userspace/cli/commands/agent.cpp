// tcpblame agent: watch a node for as long as it runs; lines, recordings and metrics from one process.
#include "capture/memory_limit.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config_file.hpp"
#include "cli/live/loop.hpp"
#include "cli/live/view.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tcpblame::cli {
namespace {

constexpr std::uint32_t kVerdictsPerSecond = 100;
constexpr std::chrono::seconds kHeartbeat{60};
constexpr std::uint64_t kFileBytes = std::uint64_t{64} << 20;
constexpr std::uint32_t kFiles = 10;
constexpr std::uint64_t kLeastMemory = std::uint64_t{64} << 10; // as --max-memory takes it

/// What was not asked for, as it suits one that runs always, and is started again.
void put_defaults(AgentOptions& options) {
    options.output.format = Format::kJsonLines;
    options.output.earlier = record::EarlierContent::kAppend;
    options.live.agent = {kVerdictsPerSecond, kHeartbeat};
    if (const auto limit = capture::memory_limit())
        options.live.limits.max_memory = std::clamp(*limit / 4, kLeastMemory, kDefaultMemory);
}

/// One file would be full one day, and refused at the next start.
void record_into_ring(RecordingOptions& recording) {
    if (recording.file.empty() || recording.rotation.wanted()) return;
    recording.rotation.max_bytes = kFileBytes;
    recording.rotation.files = kFiles;
}

/// Of two lines: what one has and the other has not, or has with another value.
std::vector<std::string> differences(const TypedLine& one, const TypedLine& other) {
    std::vector<std::string> names;
    for (const OptionEntry& each : option_table()) {
        const auto value_in = [&each](const TypedLine& line) {
            const auto found = std::find_if(line.options.begin(), line.options.end(),
                                            [&each](const auto& option) { return option.first == &each; });
            return found == line.options.end() ? std::string() : "=" + found->second;
        };
        if (value_in(one) != value_in(other)) names.emplace_back(each.name());
    }
    return names;
}

/// The programs in the kernel have their filters from the attach on.
void say_what_needs_restart(const AgentOptions& running) {
    if (running.config.empty()) return;
    const auto line = with_config_file(running.typed, running.config);
    if (!line) {
        Error error = line.error();
        error.todo = "it goes on as it began; mend the file, then restart it";
        return print_error(error);
    }
    AgentOptions asked;
    if (auto taken = line->read_into(groups_of(asked)); !taken) return print_error(taken.error());
    const std::vector<std::string> changed = differences(running.line, *line);
    if (changed.empty()) return;
    print_error({ExitCode::kOk, fmt::format("{} has changed: {}", running.config, fmt::join(changed, ", ")),
                 "what it watches, and how, is fixed when it attaches", "restart it to have what is there now"});
}

Result<void> check_machine_format(const OutputOptions& output) {
    if (output.format != Format::kText && output.format != Format::kTable) return {};
    return fail(ExitCode::kUsage, "agent prints for programs", "a text is for a person who looks on",
                "leave the format out, for JSON lines; tcpblame trace prints a text");
}

} // namespace

Result<Command> read_agent(const TypedLine& line) {
    AgentOptions options;
    options.typed = options.line = line;
    if (line.has("--config")) {
        const auto file = std::find_if(line.options.begin(), line.options.end(),
                                       [](const auto& each) { return each.first->name() == "--config"; });
        auto whole = with_config_file(line, file->second);
        if (!whole) return tl::unexpected(whole.error());
        options.line = std::move(*whole);
    }
    put_defaults(options);
    if (auto taken = options.line.read_into(groups_of(options)); !taken) return tl::unexpected(taken.error());
    if (options.live.recording.file == "-")
        return fail(ExitCode::kUsage, "agent does not record to standard output", "that has its lines",
                    "name a file: --write FILE");
    for (const auto& checked : {check_output(options.line), check_machine_format(options.output),
                                check_follow(options.line), check_part(options.line, options.live.watch.selection),
                                check_recording(options.line, options.live.recording, &options.output),
                                check_metrics(options.line), check_store(options.line)})
        if (!checked) return tl::unexpected(checked.error());
    record_into_ring(options.live.recording);
    return options;
}

Result<int> carry_out(const AgentOptions& options) {
    const OutputFile output{options.output.file, options.output.earlier, STDOUT_FILENO};
    return status_of(run_live(
        options.live, output,
        [&](Writer& writer) { return std::make_unique<ScreenView>(options.output, writer, false); }, nullptr,
        [&options] { say_what_needs_restart(options); }));
}

} // namespace tcpblame::cli
