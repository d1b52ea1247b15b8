#include "record/recorder.hpp"

#include "wire/run_frames.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace tcpblame::record {

std::string name_of_part(const std::string& path, std::uint32_t number) { return fmt::format("{}.{}", path, number); }

Result<std::unique_ptr<Recorder>> Recorder::create(const std::string& path, const Rotation& rotation) {
    auto recorder = std::make_unique<Recorder>();
    recorder->rotation_ = rotation;
    if (!rotation.wanted()) {
        auto writer = Writer::create(path);
        if (!writer) return tl::unexpected(writer.error());
        recorder->writer_ = std::move(*writer);
        return recorder;
    }
    for (std::uint32_t number = 1; number <= rotation.files; ++number) {
        std::string name = name_of_part(path, number);
        auto file = open_for_owner(name);
        if (!file) return tl::unexpected(file.error());
        // With its header, so that one whose turn never comes is a recording all the same.
        auto begun = Writer::begin_in(file->get(), name);
        if (!begun) return tl::unexpected(begun.error());
        if (!recorder->writer_) recorder->writer_ = std::move(*begun);
        recorder->files_.push_back({std::move(name), std::move(*file)});
    }
    return recorder;
}

Result<void> Recorder::begin(model::RecordedRun run) {
    run_ = std::move(run);
    began_ns_ = run_.start.monotonic_ns;
    writer_->put(wire::encode(run_));
    return writer_->finish();
}

void Recorder::put(wire::Frame frame) {
    if (rotation_.wanted()) carry_over_.observe(frame);
    writer_->put(frame);
}

Result<void> Recorder::pass_time(std::uint64_t now_ns) {
    if (auto passed = writer_->pass_time(now_ns); !passed) return passed;
    if (!is_full(now_ns)) return {};
    began_ns_ = now_ns;
    return begin_next_file();
}

/// However much has to be repeated, a file holds as much again of its own.
bool Recorder::is_full(std::uint64_t now_ns) const {
    if (rotation_.max_bytes != 0 && writer_->bytes() >= std::max(rotation_.max_bytes, 2 * repeated_bytes_)) return true;
    return rotation_.max_age_ns != 0 && now_ns > began_ns_ && now_ns - began_ns_ >= rotation_.max_age_ns;
}

Result<void> Recorder::begin_next_file() {
    if (auto finished = writer_->finish(); !finished) return finished;
    ++run_.part;
    const File& next = files_[run_.part % files_.size()];
    auto writer = Writer::begin_in(next.fd.get(), next.name);
    if (!writer) return tl::unexpected(writer.error());
    writer_ = std::move(*writer);
    writer_->put(wire::encode(run_));
    carry_over_.repeat([this](wire::Frame frame) { writer_->put(frame); });
    writer_->put(wire::encode(model::FactsRepeated{}));
    if (auto finished = writer_->finish(); !finished) return finished;
    repeated_bytes_ = writer_->bytes();
    return {};
}

} // namespace tcpblame::record
