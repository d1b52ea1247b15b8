#include "cli/recording.hpp"

#include "record/chain.hpp"
#include "record/reader.hpp"
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

} // namespace tcpblame::cli
