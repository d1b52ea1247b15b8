#include "cli/recording.hpp"

#include "record/reader.hpp"
#include "wire/run_frames.hpp"

#include <fmt/format.h>
#include <utility>
#include <variant>

namespace tcpblame::cli {
namespace {

Result<model::RecordedRun> read_start(record::Frames& frames) {
    const auto frame = frames.next();
    if (!frame) return tl::unexpected(frame.error());
    if (*frame) {
        auto record = wire::decode_run_frame(**frame);
        if (record && std::holds_alternative<model::RecordedRun>(*record)) return std::get<model::RecordedRun>(*record);
    }
    return fail(ExitCode::kDamagedRecording, fmt::format("{} is damaged", frames.name()),
                "it does not say how the run began", "nothing of it can be reported");
}

} // namespace

Result<Recording> open_recording(const std::string& path) {
    auto reader = record::Reader::open(path);
    if (!reader) return tl::unexpected(reader.error());
    auto run = read_start(**reader);
    if (!run) return tl::unexpected(run.error());
    return Recording{std::move(*run), std::move(*reader)};
}

} // namespace tcpblame::cli
