#include "record/writer.hpp"

#include "record/format.hpp"
#include "record/interruptible_write.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <zstd.h>

namespace tcpblame::record {
namespace {

constexpr std::uint64_t kMaxWaitNs = 500'000'000;
constexpr std::size_t kFullBytes = std::size_t{256} * 1024;
/// What cannot be packed gets longer by a 256th at most (ZSTD_compressBound), and must still be a chunk.
constexpr std::size_t kMaxWaitingBytes = kMaxChunkBytes - kMaxChunkBytes / 128;
constexpr mode_t kForOwner = 0600;

template <typename T>
wire::Frame bytes_of(const T& value) {
    return std::as_bytes(std::span(&value, 1));
}

} // namespace

Result<UniqueFd> open_recording_file(const std::string& path, int access) {
    UniqueFd file(::open(path.c_str(), access | O_CREAT | O_CLOEXEC, kForOwner));
    if (!file)
        return fail(ExitCode::kFailure, fmt::format("cannot write to {}", path), std::strerror(errno),
                    "name a file that can be written");
    return file;
}

/// Also where it was there before, and others could read it; a device stays as it is.
Result<void> keep_for_owner(int fd, const std::string& path) {
    struct stat status {};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || fchmod(fd, kForOwner) == 0) return {};
    return fail(ExitCode::kFailure, fmt::format("cannot keep {} from the eyes of others", path), std::strerror(errno),
                "name a file of your own, or a new one");
}

void Writer::FreeContext::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

Writer::Writer(UniqueFd owned, int fd, std::string name)
    : owned_(std::move(owned)), fd_(fd), name_(std::move(name)), context_(ZSTD_createCCtx()) {
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

Result<std::unique_ptr<Writer>> Writer::create(const std::string& path, EarlierContent earlier) {
    UniqueFd file;
    int fd = STDOUT_FILENO;
    if (path != "-") {
        auto opened = open_recording_file(path, O_WRONLY);
        if (!opened) return tl::unexpected(opened.error());
        file = std::move(*opened);
        fd = file.get();
        if (auto emptied = empty_file(fd, path, earlier); !emptied) return tl::unexpected(emptied.error());
        if (auto kept = keep_for_owner(fd, path); !kept) return tl::unexpected(kept.error());
    }
    if (isatty(fd) != 0)
        return fail(ExitCode::kUsage, "a recording is not for a terminal", "its bytes are packed",
                    "name a file: -w FILE, or send it through a pipe");
    std::unique_ptr<Writer> writer(new Writer(std::move(file), fd, path == "-" ? "standard output" : path));
    if (auto written = writer->write_header(); !written) return tl::unexpected(written.error());
    return writer;
}

Result<std::unique_ptr<Writer>> Writer::begin_in(int fd, std::string name) {
    std::unique_ptr<Writer> writer(new Writer(UniqueFd(), fd, std::move(name)));
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0) return writer->cannot_write(errno);
    if (auto written = writer->write_header(); !written) return tl::unexpected(written.error());
    return writer;
}

Result<void> Writer::write_header() {
    if (auto written = write_all(bytes_of(FileHeader{})); !written) return written;
    whole_bytes_ = sizeof(FileHeader);
    return {};
}

void Writer::put(wire::Frame frame) {
    if (!result_ || closed_ || cut_) return;
    // A longer one than a chunk may hold cannot be kept; none that we make comes near.
    if (frame.size() + sizeof(std::uint32_t) > kMaxWaitingBytes) return;
    if (waiting_.size() + frame.size() + sizeof(std::uint32_t) > kMaxWaitingBytes) result_ = write_chunk();
    if (!result_) return;
    const auto length = static_cast<std::uint32_t>(frame.size());
    const wire::Frame length_bytes = bytes_of(length);
    waiting_.insert(waiting_.end(), length_bytes.begin(), length_bytes.end());
    waiting_.insert(waiting_.end(), frame.begin(), frame.end());
    ++frames_;
    if (waiting_.size() >= kFullBytes) result_ = write_chunk();
}

Result<void> Writer::pass_time(std::uint64_t now_ns) {
    if (!result_ || closed_ || cut_) return result_;
    if (frames_ == 0 || chunk_began_ns_ == 0) chunk_began_ns_ = now_ns;
    if (now_ns - chunk_began_ns_ >= kMaxWaitNs) result_ = write_chunk();
    return result_;
}

Result<void> Writer::finish() {
    if (result_ && !closed_ && !cut_) result_ = write_chunk();
    if (result_ && cut_)
        result_ = fail(ExitCode::kFailure, fmt::format("the recording in {} is cut", name_), "nobody reads it",
                       "what was read of it can be reported");
    return result_;
}

Result<void> Writer::write_chunk() {
    chunk_began_ns_ = 0;
    if (frames_ == 0) return {};
    packed_.resize(sizeof(ChunkHeader) + ZSTD_compressBound(waiting_.size()));
    const std::size_t size = ZSTD_compress2(context_.get(), packed_.data() + sizeof(ChunkHeader),
                                            packed_.size() - sizeof(ChunkHeader), waiting_.data(), waiting_.size());
    if (ZSTD_isError(size) != 0)
        return fail(ExitCode::kFailure, fmt::format("cannot pack the recording {}", name_), ZSTD_getErrorName(size));
    ChunkHeader header;
    header.packed_size = static_cast<std::uint32_t>(size);
    header.size = static_cast<std::uint32_t>(waiting_.size());
    header.frames = std::exchange(frames_, 0);
    std::memcpy(packed_.data(), &header, sizeof(header));
    waiting_.clear();
    const wire::Frame chunk = wire::Frame(packed_).first(sizeof(header) + size);
    if (auto written = write_all(chunk); !written) return written;
    whole_bytes_ += chunk.size();
    return {};
}

Result<void> Writer::write_all(wire::Frame bytes) {
    if (closed_ || cut_) return {};
    switch (record::write_all(fd_, bytes)) {
    case Written::kAll: break;
    case Written::kClosed: closed_ = true; break;
    case Written::kCut: cut_ = true; break;
    case Written::kFailed: return cannot_write(errno);
    }
    return {};
}

/// A chunk that was begun is taken back: what is there stays a whole recording of what was until then.
tl::unexpected<Error> Writer::cannot_write(int error) {
    std::string todo = "make room, or record elsewhere";
    if (fd_ != STDOUT_FILENO && ftruncate(fd_, static_cast<off_t>(whole_bytes_)) == 0 && whole_bytes_ > 0)
        todo += "; what was recorded until then can be reported";
    return fail(ExitCode::kFailure, fmt::format("cannot write to {}", name_), std::strerror(error), todo);
}

} // namespace tcpblame::record
