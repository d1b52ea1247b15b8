#include "store/spool.hpp"

#include "store/flow_key.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <numeric>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <utility>
#include <zstd.h>

namespace tcpblame::store {
namespace {

struct SegmentHeader {
    std::array<char, 8> magic{'t', 'c', 'p', 'b', 's', 'p', 'l', '2'};
    std::uint64_t generation = 0;
};

struct BatchHeader {
    std::array<char, 4> mark{'B', 'T', 'C', 'H'};
    std::uint32_t is_sent = 0;
    std::uint32_t table = 0;
    std::uint32_t size = 0; ///< of the packed body, which follows
    std::uint64_t run = 0;
    std::uint64_t first = 0;
    std::uint64_t rows = 0;
    std::uint64_t hash = 0; ///< of the packed body
};
static_assert(sizeof(BatchHeader) == 48);

/// A batch is full at one MiB.
constexpr std::uint64_t kMostUnpackedBytes = std::uint64_t{1} << 26;

/// Rows repeat each other: in a tenth of their size they wait ten times as long. Empty where there is no memory.
std::string packed(std::string_view bytes) {
    constexpr int kFast = 1;
    std::string packed(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kFast);
    packed.resize(ZSTD_isError(size) != 0 ? 0 : size);
    return packed;
}

std::optional<std::string> unpacked(std::string_view packed) {
    const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (size > kMostUnpackedBytes) return std::nullopt; // it is no such frame, too
    std::string bytes(size, '\0');
    if (ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size()) != size) return std::nullopt;
    return bytes;
}

template <typename T>
bool read_at(int fd, std::uint64_t at, T& value) {
    return pread(fd, &value, sizeof(value), static_cast<off_t>(at)) == static_cast<ssize_t>(sizeof(value));
}

bool read_at(int fd, std::uint64_t at, std::string& text) {
    return pread(fd, text.data(), text.size(), static_cast<off_t>(at)) == static_cast<ssize_t>(text.size());
}

bool write_at(int fd, std::uint64_t at, std::string_view bytes) {
    return pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)) == static_cast<ssize_t>(bytes.size());
}

template <typename T>
std::string_view bytes_in(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

Error cannot_use(const std::string& name, int error) {
    return {ExitCode::kFailure, fmt::format("cannot use {} as a spool", name), std::strerror(error),
            "--store-spool names a folder that can be written"};
}

} // namespace

Result<std::unique_ptr<Spool>> Spool::open(const std::string& folder, std::uint64_t most_bytes) {
    constexpr mode_t kFolderMode = 0700;
    constexpr mode_t kFileMode = 0600;
    if (mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) return tl::unexpected(cannot_use(folder, errno));
    std::unique_ptr<Spool> spool(new Spool(std::max(most_bytes, kLeastBytes) / kSegments));
    for (std::size_t number = 0; number < kSegments; ++number) {
        const std::string name = fmt::format("{}/segment.{}", folder, number);
        Segment segment;
        segment.file = UniqueFd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kFileMode));
        if (!segment.file || fchmod(segment.file.get(), kFileMode) != 0) return tl::unexpected(cannot_use(name, errno));
        if (number == 0 && flock(segment.file.get(), LOCK_EX | LOCK_NB) != 0)
            return fail(ExitCode::kFailure, fmt::format("{} is in use", folder), "another tcpblame spools there",
                        "give each a folder of its own");
        spool->scan(segment);
        spool->generation_ = std::max(spool->generation_, segment.generation);
        spool->segments_.push_back(std::move(segment));
    }
    return spool;
}

/// Up to what is not whole: its writer was killed.
void Spool::scan(Segment& segment) {
    const int fd = segment.file.get();
    SegmentHeader header;
    if (!read_at(fd, 0, header) || header.magic != SegmentHeader{}.magic) return empty(segment);
    segment.generation = std::max<std::uint64_t>(header.generation, 1);
    segment.end = sizeof(header);
    BatchHeader batch;
    while (read_at(fd, segment.end, batch) && batch.mark == BatchHeader{}.mark && batch.size <= segment_bytes_) {
        std::string body(batch.size, '\0');
        if (!read_at(fd, segment.end + sizeof(batch), body)) break;
        const std::uint64_t size = sizeof(batch) + batch.size;
        const bool is_whole =
            batch.hash == hash_of(body) && batch.table <= static_cast<std::uint32_t>(Table::kVerdicts);
        if (!is_whole)
            ++damaged_;
        else if (batch.is_sent == 0)
            segment.waiting.push_back({segment.end, batch.rows, size});
        segment.end += size;
    }
    if (segment.waiting.empty()) empty(segment);
}

void Spool::empty(Segment& segment) {
    segment.generation = 0;
    segment.end = 0;
    segment.waiting.clear();
    segment.sent = 0;
    // Where that fails, what is in it was sent, and is marked so.
    static_cast<void>(ftruncate(segment.file.get(), 0));
}

Spool::Segment* Spool::oldest() {
    Segment* oldest = nullptr;
    for (Segment& segment : segments_)
        if (segment.sent < segment.waiting.size() && (oldest == nullptr || segment.generation < oldest->generation))
            oldest = &segment;
    return oldest;
}

Spool::Segment* Spool::with_room(std::uint64_t bytes) {
    const auto newest =
        std::max_element(segments_.begin(), segments_.end(),
                         [](const Segment& one, const Segment& other) { return one.generation < other.generation; });
    if (newest->generation != 0 && newest->end + bytes <= segment_bytes_) return &*newest;
    if (sizeof(SegmentHeader) + bytes > segment_bytes_) return nullptr;
    const auto free =
        std::find_if(segments_.begin(), segments_.end(), [](const Segment& each) { return each.generation == 0; });
    if (free == segments_.end()) return nullptr;
    SegmentHeader header;
    header.generation = generation_ + 1;
    if (!write_at(free->file.get(), 0, bytes_in(header))) return nullptr;
    free->generation = ++generation_;
    free->end = sizeof(header);
    return &*free;
}

bool Spool::push(const Batch& batch) {
    const std::string body = packed(batch.body);
    if (body.empty()) return false;
    BatchHeader header;
    header.table = static_cast<std::uint32_t>(batch.table);
    header.size = static_cast<std::uint32_t>(body.size());
    header.run = batch.run;
    header.first = batch.first;
    header.rows = batch.rows;
    header.hash = hash_of(body);
    const std::uint64_t size = sizeof(header) + body.size();
    Segment* const segment = with_room(size);
    if (segment == nullptr) return false;
    std::string bytes(bytes_in(header));
    bytes += body;
    if (!write_at(segment->file.get(), segment->end, bytes)) { // the disk is full
        static_cast<void>(ftruncate(segment->file.get(), static_cast<off_t>(segment->end)));
        if (segment->waiting.empty()) empty(*segment);
        return false;
    }
    segment->waiting.push_back({segment->end, batch.rows, size});
    segment->end += size;
    return true;
}

const Batch* Spool::front() {
    if (front_) return &*front_;
    while (Segment* const segment = oldest()) {
        const Place& place = segment->waiting[segment->sent];
        BatchHeader header;
        std::string body(place.size - sizeof(header), '\0');
        const bool is_read = read_at(segment->file.get(), place.at, header) &&
                             read_at(segment->file.get(), place.at + sizeof(header), body);
        auto rows = is_read && hash_of(body) == header.hash ? unpacked(body) : std::nullopt;
        if (rows) {
            Batch batch;
            batch.body = std::move(*rows);
            batch.table = static_cast<Table>(header.table);
            batch.run = header.run;
            batch.first = header.first;
            batch.rows = header.rows;
            front_ = std::move(batch);
            return &*front_;
        }
        ++damaged_;
        pop();
    }
    return nullptr;
}

void Spool::pop() {
    front_.reset();
    Segment* const segment = oldest();
    if (segment == nullptr) return;
    const std::uint32_t is_sent = 1;
    // Where that fails it is sent again after a restart: as the same rows.
    static_cast<void>(write_at(segment->file.get(), segment->waiting[segment->sent].at + offsetof(BatchHeader, is_sent),
                               bytes_in(is_sent)));
    if (++segment->sent == segment->waiting.size()) empty(*segment);
}

std::uint64_t Spool::rows() const {
    std::uint64_t rows = 0;
    for (const Segment& segment : segments_)
        for (std::size_t at = segment.sent; at < segment.waiting.size(); ++at) rows += segment.waiting[at].rows;
    return rows;
}

} // namespace tcpblame::store
