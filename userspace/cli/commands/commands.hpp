/// What a command line can ask for: of each command its own options, how they are checked, and how it is carried out.
#pragma once

#include "base/result.hpp"
#include "cli/command_line.hpp"
#include "cli/options.hpp"

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace tcpblame::cli {

/// Help, the version, the schema.
struct PrintCommand {
    std::string text;
};

struct TraceOptions {
    LiveOptions live;
    OutputOptions output;
};

struct RunOptions {
    LiveOptions live;
    OutputOptions output;
    std::string user; ///< empty: the invoking user, or the current one
    std::vector<std::string> command;
    bool with_children = false; ///< until all that came from it have ended
};

struct TopOptions {
    LiveOptions live;
    OutputOptions output;
    std::chrono::nanoseconds interval = std::chrono::seconds(1);
};

struct RecordOptions {
    LiveOptions live;
};

struct AgentOptions {
    LiveOptions live;
    OutputOptions output;
    std::string config; ///< a file's name; empty: none
    TypedLine typed;    ///< without what is in the file
    TypedLine line;     ///< with what was in the file as it began
};

struct ReportOptions {
    WatchOptions watch;
    OutputOptions output;
    RangeOptions range;
    StoreOptions store; ///< in place of files
    std::vector<std::string> files;
};

struct DoctorOptions {
    WatchOptions watch;
    AttachOptions attach;
    OutputOptions output;
};

struct ExplainOptions {
    std::vector<std::string> names; ///< causes and reasons that are known; none: the list of them
    ColorChoice color = ColorChoice::kAuto;
};

enum class StoreStep : std::uint8_t { kInit, kLoad };

/// What of `store` needs the engine.
struct StoreCommand {
    StoreStep step = StoreStep::kInit;
    StoreOptions store;
    std::vector<std::string> files; ///< to load
};

using Command = std::variant<PrintCommand, TraceOptions, RunOptions, TopOptions, RecordOptions, AgentOptions,
                             ReportOptions, DoctorOptions, ExplainOptions, StoreCommand>;

/// Fails with kUsage.
Result<Command> parse(int argc, const char* const* argv);

// Each is in the command's own file. They fail with kUsage; with --dry-run, doctor is what is asked for.
Result<Command> read_trace(const TypedLine& line);
Result<Command> read_run(const TypedLine& line);
Result<Command> read_top(const TypedLine& line);
Result<Command> read_record(const TypedLine& line);
/// Fails with kFailure, too, where its configuration file cannot be read.
Result<Command> read_agent(const TypedLine& line);
Result<Command> read_report(const TypedLine& line);
Result<Command> read_doctor(const TypedLine& line);
Result<Command> read_explain(const TypedLine& line);
Result<Command> read_schema(const TypedLine& line);
Result<Command> read_store(const TypedLine& line);

// The exit status.
Result<int> carry_out(const PrintCommand& command);
Result<int> carry_out(const TraceOptions& options);
/// That of the command, or of the tracer what it has said itself. Fails with kRunFailed for kFailure.
Result<int> carry_out(const RunOptions& options);
Result<int> carry_out(const TopOptions& options);
Result<int> carry_out(const RecordOptions& options);
Result<int> carry_out(const AgentOptions& options);
/// Fails with kDamagedRecording where a recording cannot be read to its end: what came before is reported all the same.
Result<int> carry_out(const ReportOptions& options);
/// Attaches, prints by which programs, and detaches. Fails as Session::attach does.
Result<int> carry_out(const DoctorOptions& options);
Result<int> carry_out(const ExplainOptions& options);
/// Fails with kFailure where the engine is away, or refuses.
Result<int> carry_out(const StoreCommand& command);

/// The causes with the modifiers, and the reasons, that explain knows.
std::vector<std::string> explained_names();

// What several of them check.
/// --follow needs --pid.
Result<void> check_follow(const TypedLine& line);
/// --as culprit needs a process.
Result<void> check_part(const TypedLine& line, const model::Selection& selection);
/// One format, and one name for the output.
Result<void> check_output(const TypedLine& line);
/// --overwrite needs a file.
Result<void> check_overwrite(const TypedLine& line);
/// What goes with --store needs it.
Result<void> check_store(const TypedLine& line);
/// The files that are recorded into. `output`: where the command prints to, if it does.
Result<void> check_recording(const TypedLine& line, const RecordingOptions& recording,
                             const OutputOptions* output = nullptr);

/// --metrics-by needs --metrics.
Result<void> check_metrics(const TypedLine& line);

/// Not devices.
[[nodiscard]] bool is_same_file(const std::string& one, const std::string& other);

/// As an exit status.
Result<int> status_of(const Result<void>& done);

} // namespace tcpblame::cli
