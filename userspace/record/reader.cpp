#include "record/reader.hpp"

#include "bpf/wire.h"
#include "record/format.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>
#include <zstd.h>

namespace tcpblame::record {
namespace {

/// A header that is longer than this is nonsense, however new its writer was.
constexpr std::uint32_t kMaxHeaderBytes = 4096;

tl::unexpected<Error> no_recording(const std::string& name, std::string why) {
    return fail(ExitCode::kDamagedRecording, fmt::format("{} is not a tcpblame recording", name), std::move(why),
                "make one: sudo tcpblame record -w FILE");
}

} // namespace

Result<std::unique_ptr<Reader>> Reader::open(const std::string& path) {
    UniqueFd file;
    int fd = STDIN_FILENO;
    if (path != "-") {
        file = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file)
            return fail(ExitCode::kFailure, fmt::format("cannot read {}", path), std::strerror(errno),
                        "name a recording, or - for standard input");
        fd = file.get();
    }
    std::unique_ptr<Reader> reader(new Reader(std::move(file), fd, path == "-" ? "standard input" : path));
    if (auto read = reader->read_header(); !read) return tl::unexpected(read.error());
    return reader;
}

Result<void> Reader::read_header() {
    FileHeader header;
    const auto got = read_up_to(reinterpret_cast<std::byte*>(&header), sizeof(header));
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) return no_recording(name_, "it is empty");
    if (*got < sizeof(header) || header.magic != kMagic) return no_recording(name_, "it begins otherwise");
    // A text that begins with our name has letters there.
    if (header.header_size > kMaxHeaderBytes) return no_recording(name_, "its header is damaged");
    if (header.major > kMajor)
        return fail(
            ExitCode::kDamagedRecording, fmt::format("{} is of format {}.{}", name_, header.major, header.minor),
            fmt::format("this tcpblame reads format {}", kMajor), "use the tcpblame that made it, or a newer one");
    if (header.major == 0 || header.header_size < sizeof(header)) return no_recording(name_, "its header is damaged");
    packed_.resize(header.header_size - sizeof(header));
    const auto more = read_up_to(packed_.data(), packed_.size());
    if (!more) return tl::unexpected(more.error());
    if (*more < packed_.size()) return no_recording(name_, "its header is cut short");
    return {};
}

Result<std::optional<wire::Frame>> Reader::next() {
    while (rest_.empty()) {
        const auto more = read_chunk();
        if (!more) return tl::unexpected(more.error());
        if (!*more) return std::nullopt;
    }
    std::uint32_t length = 0;
    if (rest_.size() < sizeof(length)) return damaged("a frame's length is cut short");
    std::memcpy(&length, rest_.data(), sizeof(length));
    rest_ = rest_.subspan(sizeof(length));
    if (length < sizeof(wire_header) || length > rest_.size()) return damaged("a frame's length cannot be");
    const wire::Frame frame = rest_.first(length);
    rest_ = rest_.subspan(length);
    return frame;
}

Result<bool> Reader::read_chunk() {
    chunk_at_ = at_;
    ChunkHeader header;
    const auto got = read_up_to(reinterpret_cast<std::byte*>(&header), sizeof(header));
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) return false;
    if (*got < sizeof(header)) return damaged("it ends in the middle of a chunk's header");
    if (header.mark != kChunkMark) return damaged("no chunk begins where one should");
    if (header.packed_size > kMaxChunkBytes || header.size > kMaxChunkBytes) return damaged("a chunk's size cannot be");
    packed_.resize(header.packed_size);
    const auto packed = read_up_to(packed_.data(), packed_.size());
    if (!packed) return tl::unexpected(packed.error());
    if (*packed < packed_.size()) return damaged("it ends in the middle of a chunk");
    chunk_.resize(header.size);
    const std::size_t size = ZSTD_decompress(chunk_.data(), chunk_.size(), packed_.data(), packed_.size());
    if (ZSTD_isError(size) != 0)
        return damaged(fmt::format("a chunk cannot be unpacked ({})", ZSTD_getErrorName(size)));
    if (size != header.size) return damaged("a chunk is shorter than it says");
    rest_ = chunk_;
    return true;
}

Result<std::size_t> Reader::read_up_to(std::byte* to, std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = ::read(fd_, to + done, size - done);
        if (got == 0) break;
        if (got > 0) {
            done += static_cast<std::size_t>(got);
        } else if (errno != EINTR) {
            return fail(ExitCode::kFailure, fmt::format("cannot read {}", name_), std::strerror(errno),
                        "name a recording, or - for standard input");
        }
    }
    at_ += done;
    return done;
}

tl::unexpected<Error> Reader::damaged(std::string why) const {
    return fail(ExitCode::kDamagedRecording, fmt::format("{} is damaged", name_),
                fmt::format("{}, at byte {}", std::move(why), chunk_at_), "what came before that is reported");
}

} // namespace tcpblame::record
