#include "cli/replay/recordings.hpp"

#include "cli/replay/replay.hpp"
#include "model/wall_clock.hpp"
#include "record/chain.hpp"
#include "record/reader.hpp"
#include "render/quantity.hpp"
#include "wire/run_frames.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>
#include <variant>

namespace tcpblame::cli {
namespace {

Result<std::optional<model::RecordedRun>> read_start(record::Frames& frames) {
    const auto frame = frames.next();
    if (!frame) return tl::unexpected(frame.error());
    if (!*frame) return std::nullopt;
    auto record = wire::decode_run_frame(**frame);
    if (record && std::holds_alternative<model::RecordedRun>(*record)) return std::get<model::RecordedRun>(*record);
    return fail(ExitCode::kDamagedRecording, fmt::format("{} is damaged", frames.name()),
                "it does not say how the run began", "nothing of it can be reported");
}

bool is_same_run(const Recording& one, const Recording& other) { return one.run.id != 0 && one.run.id == other.run.id; }

/// Of one run, in order.
Result<Recording> chained(std::vector<Recording> parts) {
    Recording whole{std::move(parts.front().run), nullptr, {}};
    std::vector<std::unique_ptr<record::Frames>> frames;
    std::uint32_t expected = whole.run.part;
    for (Recording& part : parts) {
        const std::uint32_t number = frames.empty() ? expected : part.run.part;
        if (number != expected)
            return fail(ExitCode::kUsage,
                        fmt::format("between {} and {} a file of the recording is missing", whole.files.back(),
                                    part.files.front()),
                        "what happened there is not known", "name it too, or report what is on one side of the gap");
        ++expected;
        whole.files.push_back(part.files.front());
        frames.push_back(std::move(part.frames));
    }
    whole.frames = std::make_unique<record::Chain>(std::move(frames));
    return whole;
}

} // namespace

Result<std::optional<Recording>> open_recording(const std::string& path) {
    auto reader = record::Reader::open(path);
    if (!reader) return tl::unexpected(reader.error());
    auto run = read_start(**reader);
    if (!run) return tl::unexpected(run.error());
    if (!*run) return std::nullopt;
    return Recording{std::move(**run), std::move(*reader), {path}};
}

Result<std::vector<Recording>> join_parts(std::vector<Recording> recordings) {
    std::vector<Recording> joined;
    while (!recordings.empty()) {
        const auto others = std::stable_partition(recordings.begin() + 1, recordings.end(), [&](const Recording& each) {
            return is_same_run(each, recordings.front());
        });
        std::vector<Recording> parts(std::move_iterator(recordings.begin()), std::move_iterator(others));
        recordings.erase(recordings.begin(), others);
        std::sort(parts.begin(), parts.end(),
                  [](const Recording& one, const Recording& other) { return one.run.part < other.run.part; });
        auto whole = chained(std::move(parts));
        if (!whole) return tl::unexpected(whole.error());
        joined.push_back(std::move(*whole));
    }
    return joined;
}

Result<Recording> open_again(const Recording& recording) {
    std::vector<Recording> parts;
    for (const std::string& file : recording.files) {
        auto part = open_recording(file);
        if (!part) return tl::unexpected(part.error());
        if (*part) parts.push_back(std::move(**part));
    }
    return chained(std::move(parts));
}

namespace {

/// Wants to know the time only.
class ClockWatcher : public reconstruct::VerdictSink {
public:
    explicit ClockWatcher(const Recording& recording) : clock(recording.run.start.realtime_offset_ns) {}
    void verdict(model::Verdict&& /*verdict*/) override {}
    void lost(const model::LostEvents& /*lost*/) override {}
    void clock_set(const model::ClockSet& set) override { clock.set(set); }

    model::WallClock clock;
};

std::uint64_t read_to_the_end(const Recording& recording, ClockWatcher& watcher,
                              const reconstruct::Joining& joining = {}) {
    Replay replay(recording.run, recording.run.selection, *recording.frames, watcher, 0, joining);
    while (replay.step()) {}
    return replay.end().monotonic_ns;
}

} // namespace

reconstruct::RemoteEndpoints collect_endpoints(const std::vector<Recording>& recordings) {
    reconstruct::RemoteEndpoints endpoints;
    for (const Recording& recording : recordings) {
        const model::RunStart& start = recording.run.start;
        const std::size_t run = endpoints.add_run(recording.run.host, start.monotonic_ns, start.realtime_offset_ns);
        ClockWatcher watcher(recording);
        endpoints.end_run(run, read_to_the_end(recording, watcher, {run, &endpoints, nullptr}));
    }
    endpoints.align_clocks();
    return endpoints;
}

std::int64_t end_of(const Recording& recording) {
    ClockWatcher watcher(recording);
    const std::uint64_t ended_ns = read_to_the_end(recording, watcher);
    return watcher.clock.realtime_of(ended_ns);
}

namespace {

std::uint64_t size_of(std::int64_t ns) {
    return ns < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns);
}

std::string found_from(const reconstruct::ClockOffset& found) {
    const std::string connections = render::counted(found.connections, "connection");
    if (!found.uncertainty_ns) return fmt::format("as far as {} can show: nothing went both ways", connections);
    return fmt::format("± {}, from {}", render::duration(*found.uncertainty_ns), connections);
}

} // namespace

std::string clock_words(const std::string& here, const std::string& there, std::int64_t ahead_ns,
                        const reconstruct::ClockOffset& found) {
    if (found.connections == 0)
        return fmt::format(
            "no connection has an end in the recording of {} and the other elsewhere: its clock is taken "
            "to be right",
            there);
    if (found.uncertainty_ns && size_of(ahead_ns) <= *found.uncertainty_ns)
        return fmt::format("the clocks of {} and {} agree ({})", here, there, found_from(found));
    return fmt::format("the clock of {} is {} {} that of {} ({})", there, render::duration(size_of(ahead_ns)),
                       ahead_ns < 0 ? "behind" : "ahead of", here, found_from(found));
}

} // namespace tcpblame::cli
