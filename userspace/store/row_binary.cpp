#include "store/row_binary.hpp"

#include <algorithm>
#include <limits>

namespace tcpblame::store {
namespace {

template <typename Number>
void append_number(std::string& to, Number value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof(value)); // both are little-endian
}

/// LEB128 before it.
void append_text(std::string& to, std::string_view text) {
    std::size_t size = text.size();
    for (; size >= 0x80U; size >>= 7U) to += static_cast<char>((size & 0x7fU) | 0x80U);
    to += static_cast<char>(size);
    to += text;
}

/// What the engine's DateTime can say.
std::uint32_t seconds_of(std::int64_t time_ns) {
    constexpr std::int64_t kNs = 1'000'000'000;
    constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(time_ns / kNs, 0, kMost));
}

} // namespace

void append(std::string& to, const FrameRow& row) {
    append_number(to, row.flow);
    append_number(to, row.numbers);
    append_text(to, row.host);
    append_number(to, row.run);
    append_number(to, row.sequence);
    append_number(to, seconds_of(row.time_ns));
    append_number(to, row.time_ns);
    append_number(to, row.kind);
    append_text(to, row.frame);
}

bool BinaryReader::take(std::string_view& value) {
    constexpr unsigned kMostBits = 63;
    std::uint64_t size = 0;
    std::size_t at = 0;
    for (unsigned shift = 0; shift < kMostBits; shift += 7) {
        if (at == rest_.size()) return false;
        const auto byte = static_cast<unsigned char>(rest_[at++]);
        size |= std::uint64_t{byte & 0x7fU} << shift;
        if ((byte & 0x80U) != 0) continue;
        if (rest_.size() - at < size) return false;
        value = rest_.substr(at, size);
        rest_.remove_prefix(at + size);
        return true;
    }
    return false;
}

void RowCutter::put(std::string_view bytes) {
    kept_ += bytes;
    std::string_view rest = kept_;
    while (!rest.empty()) {
        BinaryReader reader(rest);
        if (!take_(reader)) break;
        rest = reader.rest();
    }
    kept_.erase(0, kept_.size() - rest.size());
}

} // namespace tcpblame::store
