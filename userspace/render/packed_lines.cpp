#include "render/packed_lines.hpp"

#include "render/base64.hpp"

#include <new>
#include <span>
#include <utility>
#include <zlib.h>

namespace tcpblame::render {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;

const Bytef* bytes_of(const std::string& text) { return reinterpret_cast<const Bytef*>(text.data()); }

} // namespace

PackedLines::PackedLines(Sink sink) : sink_(std::move(sink)) {}

void PackedLines::put(std::string_view line) {
    piece_ += line;
    if (piece_.size() >= kPieceBytes) cut();
}

void PackedLines::cut() {
    if (piece_.empty()) return;
    uLongf size = compressBound(piece_.size());
    packed_.resize(size);
    if (compress(reinterpret_cast<Bytef*>(packed_.data()), &size, bytes_of(piece_), piece_.size()) != Z_OK)
        throw std::bad_alloc(); // nothing else can fail, with that much room
    text_.resize(base64_size(size) + 1);
    *put_base64(text_.data(), std::span(bytes_of(packed_), size)) = '\n';
    if (sink_) sink_(text_);
    piece_.clear();
}

} // namespace tcpblame::render
