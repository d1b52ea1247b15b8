// tcpblame report FILE…: print the verdicts of recordings.
#include "cli/commands/commands.hpp"
#include "cli/output/store_engine.hpp"
#include "cli/output/terminal.hpp"
#include "cli/output/writer.hpp"
#include "cli/replay/merged_replay.hpp"
#include "cli/replay/recordings.hpp"
#include "cli/replay/stored_recordings.hpp"
#include "cli/replay/time_range.hpp"
#include "model/wall_clock.hpp"
#include "reconstruct/shift.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fmt/format.h>
#include <limits>
#include <unistd.h>
#include <utility>

namespace tcpblame::cli {
namespace {

constexpr std::int64_t kNsInASecond = 1'000'000'000;

void note(std::string text) { print_error({ExitCode::kOk, std::move(text), {}, {}}); }

/// "recorded on db1, Linux 6.12.1 x86_64, watching port 5432"
void introduce(const ReportOptions& options, const model::RecordedRun& run) {
    if (!is_of_json_lines(options.output.format))
        note(fmt::format("recorded on {}, Linux {}, watching {}", run.host, run.kernel, run.start.watching));
    if (!is_of_json_lines(options.output.format)) print_limits(run.start.limits);
    if (run.part > 0)
        print_error({ExitCode::kOk, "this recording began earlier",
                     fmt::format("{} of its files are not given, or are overwritten", run.part),
                     "of what was open then it reports what was repeated"});
    if (options.watch.all && !run.all)
        print_error({ExitCode::kOk, "--all shows no more than is there", "it was recorded without --all", ""});
    if (options.watch.unanswered && !run.unanswered)
        print_error(
            {ExitCode::kOk, "--unanswered shows no more than is there", "it was recorded without --unanswered", ""});
}

/// A recording of which nothing is to be had, among others, is no reason not to report those: `went` keeps its error.
Result<std::vector<Recording>> open_all(const std::vector<std::string>& paths, Result<void>& went) {
    std::vector<Recording> recordings;
    for (const std::string& path : paths) {
        auto recording = open_recording(path);
        if (recording && !*recording && paths.size() == 1)
            return fail(ExitCode::kDamagedRecording, fmt::format("{} holds nothing", path),
                        "its recorder ended before it came to write into it",
                        "report the other files of the recording");
        if (recording) {
            if (*recording) recordings.push_back(std::move(**recording));
            continue;
        }
        if (paths.size() == 1 || recording.error().code != ExitCode::kDamagedRecording)
            return tl::unexpected(recording.error());
        if (!went) print_error(went.error());
        went = tl::unexpected(recording.error());
    }
    if (recordings.empty() && went)
        return fail(ExitCode::kDamagedRecording, "none of these files holds anything",
                    "their recorder ended too early");
    if (recordings.empty()) return tl::unexpected(went.error());
    return join_parts(std::move(recordings));
}

Result<void> begin_again(std::vector<Recording>& recordings) {
    for (Recording& recording : recordings) {
        auto again = open_again(recording);
        if (!again) return tl::unexpected(again.error());
        recording = std::move(*again);
    }
    return {};
}

model::RecordingFacts facts_of(const model::RecordedRun& run, std::int64_t shift_ns) {
    return {.host = run.host,
            .kernel = run.kernel,
            .watching = run.start.watching,
            .monotonic_ns = reconstruct::shifted(run.start.monotonic_ns, shift_ns),
            .boot_id = run.start.boot_id,
            .run_id = run.id};
}

/// All of them as if they were one, by the clock that is common to them.
model::RunStart common_start(const std::vector<Recording>& recordings, const reconstruct::RemoteEndpoints& endpoints) {
    model::RunStart start = recordings.front().run.start;
    start.realtime_offset_ns -= endpoints.clock_of(0).ns;
    start.monotonic_ns = std::numeric_limits<std::uint64_t>::max();
    start.open_connections.reset();
    start.watching.clear();
    for (std::size_t run = 0; run < recordings.size(); ++run) {
        const model::RunStart& one = recordings[run].run.start;
        start.monotonic_ns =
            std::min(start.monotonic_ns, reconstruct::shifted(one.monotonic_ns, endpoints.clock_of(run).ns));
        if (one.open_connections) start.open_connections = start.open_connections.value_or(0) + *one.open_connections;
        start.recordings.push_back(facts_of(recordings[run].run, endpoints.clock_of(run).ns));
        start.watching +=
            fmt::format("{}{} on {}", start.watching.empty() ? "" : ", ", one.watching, recordings[run].run.host);
    }
    return start;
}

/// Recordings of one host are distinguished by their files.
std::string name_of(const Recording& recording, bool by_host) {
    return by_host ? recording.run.host : recording.frames->name();
}

void report_clocks(const std::vector<Recording>& recordings, const reconstruct::RemoteEndpoints& endpoints) {
    const Recording& first = recordings.front();
    for (std::size_t run = 1; run < recordings.size(); ++run) {
        const Recording& other = recordings[run];
        const std::int64_t offset = endpoints.clock_of(run).ns - endpoints.clock_of(0).ns;
        const std::int64_t ahead = other.run.start.realtime_offset_ns - first.run.start.realtime_offset_ns - offset;
        const bool by_host = first.run.host != other.run.host;
        note(clock_words(name_of(first, by_host), name_of(other, by_host), ahead, endpoints.clock_of(run)));
    }
}

Result<void> report(const ReportOptions& options, const std::vector<Recording>& recordings,
                    const model::RunStart& start, const reconstruct::RemoteEndpoints* endpoints,
                    std::int64_t ended_realtime_ns) {
    const auto span = span_of(options.range, start, ended_realtime_ns);
    if (!span) return tl::unexpected(span.error());
    auto writer = Writer::open(options.output.file, STDOUT_FILENO, options.output.earlier);
    if (!writer) return tl::unexpected(writer.error());
    std::signal(SIGPIPE, SIG_IGN); // a reader that goes away ("| head") is seen by the failing write
    for (const Recording& recording : recordings) introduce(options, recording.run);
    if (endpoints != nullptr && !is_of_json_lines(options.output.format)) report_clocks(recordings, *endpoints);
    const std::int64_t when = model::WallClock(start.realtime_offset_ns).realtime_of(start.monotonic_ns);
    const auto screen =
        make_screen(options.output, {.live = false}, *writer, static_cast<std::time_t>(when / kNsInASecond));
    screen->start(start);
    return MergedReplay({options.watch.selection, options.range.errors_only, options.watch.count, options.output.format,
                         options.range.filter},
                        *span, recordings, endpoints, *screen, *writer)
        .run();
}

Result<void> report_one(const ReportOptions& options, std::vector<Recording> recordings) {
    model::RunStart start = recordings.front().run.start;
    start.host = recordings.front().run.host;
    start.kernel = recordings.front().run.kernel;
    std::int64_t ended_ns = model::WallClock(start.realtime_offset_ns).realtime_of(start.monotonic_ns);
    if (options.range.since && options.files.front() != "-") {
        ended_ns = end_of(recordings.front());
        if (auto again = begin_again(recordings); !again) return again;
    }
    return report(options, recordings, start, nullptr, ended_ns);
}

Result<void> report_several(const ReportOptions& options, std::vector<Recording> recordings) {
    const reconstruct::RemoteEndpoints endpoints = collect_endpoints(recordings);
    if (auto again = begin_again(recordings); !again) return again;
    const model::RunStart start = common_start(recordings, endpoints);
    const std::int64_t ended_ns = model::WallClock(start.realtime_offset_ns).realtime_of(endpoints.ended_ns());
    return report(options, recordings, start, &endpoints, ended_ns);
}

/// `output_flag`: what has named the file to write to.
Result<void> check_files(std::string_view output_flag, const ReportOptions& options) {
    const std::vector<std::string>& files = options.files;
    if (files.empty())
        return fail(ExitCode::kUsage, "report needs a recording", "none is given",
                    "tcpblame report FILE…, or - for standard input");
    for (auto file = files.begin(); file != files.end(); ++file) {
        if (file->empty())
            return fail(ExitCode::kUsage, "invalid recording ''", "report takes the name of a file, or -");
        if (is_same_file(*file, options.output.file))
            return fail(ExitCode::kUsage, fmt::format("{} names the recording", output_flag),
                        "it would be overwritten while it is read", "name another file");
        if (*file == "-" && files.size() > 1)
            return fail(ExitCode::kUsage, "report takes - only alone", "to join them it reads each of them twice",
                        "keep it in a file first");
        if (std::any_of(files.begin(), file, [&](const std::string& other) { return is_same_file(*file, other); }))
            return fail(ExitCode::kUsage, fmt::format("report is given {} twice", *file),
                        "what is in it would be reported twice", "name each recording once");
    }
    return {};
}

} // namespace

Result<Command> read_report(const TypedLine& line) {
    ReportOptions options;
    options.files = line.arguments;
    if (auto taken = line.read_into(groups_of(options)); !taken) return tl::unexpected(taken.error());
    for (const auto& checked : {check_output(line), check_part(line, options.watch.selection)})
        if (!checked) return tl::unexpected(checked.error());
    if (auto checked = check_store(line); !checked) return tl::unexpected(checked.error());
    if (options.store.url && !options.files.empty())
        return fail(ExitCode::kUsage, "report is given files and --store", "it reports from one of them",
                    "tcpblame store load URL FILE… puts them into the store");
    if (options.store.url) return options;
    const auto output_flag = line.first_of({"--output", "--html", "--perfetto"});
    if (auto checked = check_files(output_flag, options); !checked) return tl::unexpected(checked.error());
    return options;
}

namespace {

Result<int> report_files(const ReportOptions& options) {
    Result<void> opened;
    auto recordings = open_all(options.files, opened);
    if (!recordings) return tl::unexpected(recordings.error());
    const bool is_one = recordings->size() == 1;
    auto reported =
        is_one ? report_one(options, std::move(*recordings)) : report_several(options, std::move(*recordings));
    if (!opened && !reported) print_error(opened.error());
    return status_of(reported ? opened : reported);
}

} // namespace

Result<int> carry_out(const ReportOptions& options) {
    if (!options.store.url) return report_files(options);
    std::signal(SIGPIPE, SIG_IGN); // an engine that goes away is seen by the failing write
    auto engine = open_engine(options.store);
    if (!engine) return tl::unexpected(engine.error());
    ReportOptions of_files = options;
    using namespace std::chrono;
    of_files.range = dated(options.range, duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count());
    const auto stored = StoredRecordings::fetch(**engine, of_files.range);
    if (!stored) return tl::unexpected(stored.error());
    of_files.files = (*stored)->files();
    return report_files(of_files);
}

} // namespace tcpblame::cli
