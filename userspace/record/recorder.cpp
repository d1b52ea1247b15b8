#include "record/recorder.hpp"

#include "record/format.hpp"
#include "wire/run_frames.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tcpblame::record {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// Its first chunk, which says how the run began and what it repeats, is all that there is: the run was killed at once.
bool holds_beginning_only(int fd, const struct stat& status) {
    ChunkHeader chunk;
    if (pread(fd, &chunk, sizeof(chunk), sizeof(FileHeader)) != static_cast<ssize_t>(sizeof(chunk))) return false;
    const std::uint64_t end = sizeof(FileHeader) + sizeof(chunk) + chunk.packed_size;
    return chunk.mark == kChunkMark && static_cast<std::uint64_t>(status.st_size) == end;
}

/// When a run before has written something of its own into it; nullopt where none has. Fails with kFailure where it is
/// no recording.
Result<std::optional<std::int64_t>> last_write(int fd, const std::string& name) {
    struct stat status {};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return std::nullopt;
    FileHeader header;
    if (pread(fd, &header, sizeof(header), 0) != static_cast<ssize_t>(sizeof(header)) || header.magic != kMagic)
        return fail(ExitCode::kFailure, fmt::format("{} is there already, and is no recording", name),
                    "what is in it would be lost", "name another file, or give --overwrite to replace it");
    if (status.st_size == static_cast<off_t>(sizeof(header)) || holds_beginning_only(fd, status)) return std::nullopt;
    return status.st_mtim.tv_sec * kNsPerSecond + status.st_mtim.tv_nsec;
}

} // namespace

std::string name_of_part(const std::string& path, std::uint32_t number) { return fmt::format("{}.{}", path, number); }

Result<std::unique_ptr<Recorder>> Recorder::create(const std::string& path, const Rotation& rotation,
                                                   EarlierContent earlier) {
    auto recorder = std::make_unique<Recorder>();
    recorder->rotation_ = rotation;
    if (!rotation.wanted()) {
        auto writer = Writer::create(path, earlier);
        if (!writer) return tl::unexpected(writer.error());
        recorder->writer_ = std::move(*writer);
        return recorder;
    }
    for (std::uint32_t number = 1; number <= rotation.files; ++number) {
        auto file = open_part(name_of_part(path, number), earlier);
        if (!file) return tl::unexpected(file.error());
        recorder->files_.push_back(std::move(*file));
    }
    // The oldest is the first to be overwritten; what was never used comes before it.
    std::stable_sort(recorder->files_.begin(), recorder->files_.end(),
                     [](const File& one, const File& other) { return one.written_ns < other.written_ns; });
    return recorder;
}

std::unique_ptr<Recorder> Recorder::without_file(const Rotation& rotation) {
    auto recorder = std::make_unique<Recorder>();
    recorder->rotation_ = rotation;
    recorder->rotation_.max_bytes = 0;
    return recorder;
}

Result<Recorder::File> Recorder::open_part(std::string name, EarlierContent earlier) {
    auto fd = open_recording_file(name, O_RDWR);
    if (!fd) return tl::unexpected(fd.error());
    std::optional<std::int64_t> written;
    if (earlier == EarlierContent::kRefuse) {
        const auto found = last_write(fd->get(), name);
        if (!found) return tl::unexpected(found.error());
        written = *found;
    }
    if (auto kept = keep_for_owner(fd->get(), name); !kept) return tl::unexpected(kept.error());
    // With its header, so that one whose turn never comes is a recording all the same.
    if (!written)
        if (auto begun = Writer::begin_in(fd->get(), name); !begun) return tl::unexpected(begun.error());
    return File{std::move(name), std::move(*fd), written};
}

bool Recorder::continues() const {
    return std::any_of(files_.begin(), files_.end(), [](const File& file) { return file.written_ns.has_value(); });
}

Result<void> Recorder::begin(model::RecordedRun run) {
    run_ = std::move(run);
    began_ns_ = run_.start.monotonic_ns;
    if (!files_.empty()) { // not before: a run that cannot begin costs no file of another
        auto writer = Writer::begin_in(files_.front().fd.get(), files_.front().name);
        if (!writer) return tl::unexpected(writer.error());
        writer_ = std::move(*writer);
    }
    write(wire::encode(run_));
    return finish();
}

void Recorder::write(wire::Frame frame) {
    if (writer_) writer_->put(frame);
    if (copy_) copy_(frame);
}

void Recorder::put(wire::Frame frame) {
    if (rotation_.wanted()) carry_over_.observe(frame);
    write(frame);
}

void Recorder::put(const model::LookedUp& event) {
    const wire::FrameBytes frame = wire::encode(event);
    if (rotation_.wanted()) carry_over_.observe(event, frame);
    write(frame);
}

void Recorder::put(const model::NamedStack& stack) { write(wire::encode(stack)); }

void Recorder::put(const model::RecordedEnd& end) { write(wire::encode(end)); }

Result<void> Recorder::pass_time(std::uint64_t now_ns) {
    if (writer_)
        if (auto passed = writer_->pass_time(now_ns); !passed) return passed;
    if (!is_full(now_ns)) return {};
    began_ns_ = now_ns;
    return begin_next_file();
}

/// However much has to be repeated, a file holds as much again of its own.
bool Recorder::is_full(std::uint64_t now_ns) const {
    if (rotation_.max_bytes != 0 && writer_ && writer_->bytes() >= std::max(rotation_.max_bytes, 2 * repeated_bytes_))
        return true;
    return rotation_.max_age_ns != 0 && now_ns > began_ns_ && now_ns - began_ns_ >= rotation_.max_age_ns;
}

Result<void> Recorder::begin_next_file() {
    if (auto finished = finish(); !finished) return finished;
    ++run_.part;
    if (!files_.empty()) {
        const File& next = files_[run_.part % files_.size()];
        auto writer = Writer::begin_in(next.fd.get(), next.name);
        if (!writer) return tl::unexpected(writer.error());
        writer_ = std::move(*writer);
    }
    write(wire::encode(run_));
    carry_over_.repeat([this](wire::Frame frame) { write(frame); });
    write(wire::encode(model::FactsRepeated{}));
    if (auto finished = finish(); !finished) return finished;
    if (writer_) repeated_bytes_ = writer_->bytes();
    return {};
}

} // namespace tcpblame::record
