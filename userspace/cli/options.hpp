/// The command line, understood.
#pragma once

#include "base/result.hpp"
#include "capture/attach.hpp"
#include "capture/session.hpp"
#include "cli/moment.hpp"
#include "model/selection.hpp"
#include "record/recorder.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tcpblame::cli {

enum class ColorChoice : std::uint8_t { kAuto, kAlways, kNever };

/// Of two million idle connections, or of all that end within five seconds at 40,000 a second.
inline constexpr std::uint64_t kUsualMemory = std::uint64_t{512} << 20;

enum class Format : std::uint8_t { kText, kTable, kJsonLines, kHtml, kPerfetto };

/// Read as it comes, line by line, in so many columns.
constexpr bool is_for_a_terminal(Format format) { return format == Format::kText || format == Format::kTable; }

struct Options {
    std::vector<Error> notes; ///< what is done otherwise than it was typed
    model::Selection selection;
    std::optional<std::chrono::nanoseconds> duration;
    std::optional<std::uint64_t> count; ///< end after so many
    bool all = false;                   ///< every connection's end
    bool reads = false;                 ///< watch receiving calls too
    Format format = Format::kText;
    bool relative_time = false;
    bool verbose = false;
    ColorChoice color = ColorChoice::kAuto;
    std::vector<capture::ForcedHook> hooks; ///< which program is to play a role: for tests
    bool dry_run = false;                   ///< say what would be attached, and end
    std::string output;                     ///< a file; empty: standard output; of run, standard error
    std::string recording;                  ///< a file to record into; empty: none
    record::Rotation rotation;              ///< of the recording
    record::EarlierContent earlier = record::EarlierContent::kRefuse; ///< in the files that it is to write
    bool quiet = false;                                               ///< record only
    std::size_t ring_bytes = capture::kDefaultRingBytes;
    std::uint64_t max_memory = kUsualMemory; ///< bytes for what is remembered of connections
    std::vector<std::string> reports;        ///< the recordings to report; none: trace
    std::optional<Moment> since;             ///< report: not what was before
    std::optional<Moment> until;             ///< report: nor what was after
    bool errors_only = false;                ///< report: not the orderly ends
    std::vector<std::string> command;        ///< run: what to start and to watch
    std::string user;                        ///< run: as whom; empty: who called sudo, or as this process
    std::chrono::nanoseconds interval = std::chrono::seconds(1); ///< top: from one look of the table to the next
    bool top = false;                                            ///< a table in place of the verdicts
    bool with_children = false;                                  ///< run: until all that came from it have ended
};

// What a command line can ask for.
struct PrintCommand {
    std::string text; ///< help, version, the schema
};
struct TraceCommand {
    Options options; ///< `record`, too: quiet
};
struct RunCommand {
    Options options;
};
struct TopCommand {
    Options options;
};
struct ReportCommand {
    Options options;
};
struct DoctorCommand {
    Options options;
};
struct ExplainCommand {
    std::vector<std::string> causes; ///< known ones; none: the list of them
    ColorChoice color = ColorChoice::kAuto;
};

using Command =
    std::variant<PrintCommand, TraceCommand, RunCommand, TopCommand, ReportCommand, DoctorCommand, ExplainCommand>;

/// Fails with kUsage.
Result<Command> parse(int argc, const char* const* argv);

} // namespace tcpblame::cli
