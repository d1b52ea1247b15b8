#include "fuzz/packed.hpp"

#include "base/unique_fd.hpp"
#include "fuzz/require.hpp"
#include "record/format.hpp"
#include "record/reader.hpp"

#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

namespace tcpblame::fuzz {
namespace {

/// A file in memory: no disk, and a path all the same. It is made once, as a target runs millions of times.
const UniqueFd& file() {
    static const UniqueFd kFile(memfd_create("recording", MFD_CLOEXEC));
    require(static_cast<bool>(kFile), "there are files in memory");
    return kFile;
}

template <typename T>
void append(std::vector<std::uint8_t>& bytes, const T& value) {
    const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
    bytes.insert(bytes.end(), from, from + sizeof(value));
}

void append_frame(std::vector<std::uint8_t>& bytes, const wire::FrameBytes& frame) {
    append(bytes, static_cast<std::uint32_t>(frame.size()));
    const auto* from = reinterpret_cast<const std::uint8_t*>(frame.data());
    bytes.insert(bytes.end(), from, from + frame.size());
}

void append_chunk(std::vector<std::uint8_t>& recording, const std::vector<std::uint8_t>& row, std::size_t frames) {
    static ZSTD_CCtx* const kContext = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(kContext, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(kContext, ZSTD_c_compressionLevel, 1);
    std::vector<std::uint8_t> packed(ZSTD_compressBound(row.size()));
    const std::size_t size = ZSTD_compress2(kContext, packed.data(), packed.size(), row.data(), row.size());
    require(ZSTD_isError(size) == 0, "frames can be packed");
    record::ChunkHeader header;
    header.packed_size = static_cast<std::uint32_t>(size);
    header.size = static_cast<std::uint32_t>(row.size());
    header.frames = static_cast<std::uint32_t>(frames);
    append(recording, header);
    recording.insert(recording.end(), packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size));
}

} // namespace

Unpacked unpack(Bytes recording) {
    require(ftruncate(file().get(), 0) == 0, "a file in memory can be emptied");
    const ssize_t written = pwrite(file().get(), recording.data(), recording.size(), 0);
    require(written == static_cast<ssize_t>(recording.size()), "a file in memory can be written");

    Unpacked unpacked;
    auto reader = record::Reader::open("/proc/self/fd/" + std::to_string(file().get()));
    if (!reader) {
        unpacked.error = reader.error();
        return unpacked;
    }
    while (true) {
        const auto frame = (*reader)->next();
        if (!frame) unpacked.error = frame.error();
        if (!frame || !*frame) return unpacked;
        if (unpacked.frames.size() < kMostFrames) unpacked.frames.emplace_back((*frame)->begin(), (*frame)->end());
    }
}

std::vector<std::uint8_t> pack(const Frames& frames, std::size_t in_a_chunk) {
    std::vector<std::uint8_t> recording;
    append(recording, record::FileHeader{});
    std::vector<std::uint8_t> row;
    std::size_t in_this = 0;
    for (const wire::FrameBytes& frame : frames) {
        const std::size_t more = frame.size() + sizeof(std::uint32_t);
        const bool full = in_this == in_a_chunk || row.size() + more > record::kMaxChunkBytes / 2;
        if (in_this > 0 && full) {
            append_chunk(recording, row, in_this);
            row.clear();
            in_this = 0;
        }
        append_frame(row, frame);
        ++in_this;
    }
    if (in_this > 0) append_chunk(recording, row, in_this);
    return recording;
}

} // namespace tcpblame::fuzz
