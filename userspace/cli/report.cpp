#include "cli/report.hpp"

#include "cli/messages.hpp"
#include "cli/replay.hpp"
#include "cli/screen.hpp"
#include "cli/writer.hpp"
#include "record/reader.hpp"

#include <csignal>
#include <fmt/format.h>
#include <variant>

namespace tcpblame::cli {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

Result<model::RecordedRun> read_start(record::Reader& reader) {
    const auto frame = reader.next();
    if (!frame) return tl::unexpected(frame.error());
    if (*frame) {
        auto record = wire::decode_run_frame(**frame);
        if (record && std::holds_alternative<model::RecordedRun>(*record)) return std::get<model::RecordedRun>(*record);
    }
    return fail(ExitCode::kDamagedRecording, fmt::format("{} is damaged", reader.name()),
                "it does not say how the run began", "nothing of it can be reported");
}

/// "recorded on db1, Linux 6.12.1 x86_64, watching port 5432"
void introduce(const Options& options, const model::RecordedRun& run) {
    if (!options.json)
        print_error({ExitCode::kOk,
                     fmt::format("recorded on {}, Linux {}, watching {}", run.host, run.kernel, run.start.watching),
                     {},
                     {}});
    if (options.all && !run.all)
        print_error({ExitCode::kOk, "--all shows no more than is there", "it was recorded without --all", ""});
}

} // namespace

Result<void> report(const Options& options) {
    auto reader = record::Reader::open(options.report);
    if (!reader) return tl::unexpected(reader.error());
    auto run = read_start(**reader);
    if (!run) return tl::unexpected(run.error());
    auto writer = Writer::open(options.output);
    if (!writer) return tl::unexpected(writer.error());
    std::signal(SIGPIPE, SIG_IGN); // a reader that goes away ("| head") is seen by the failing write
    introduce(options, *run);
    const auto when =
        static_cast<std::int64_t>(run->start.monotonic_ns + static_cast<std::uint64_t>(run->start.realtime_offset_ns)) /
        kNsPerSecond; // unsigned: a damaged recording can hold any number
    const auto screen = make_screen(options, *writer, static_cast<std::time_t>(when));
    return Replay(options, *run, **reader, *screen, *writer).run();
}

} // namespace tcpblame::cli
