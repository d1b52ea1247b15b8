#include "store/rebuild.hpp"

#include "store/flow_key.hpp"
#include "store/frame_bytes.hpp"
#include "wire/run_frames.hpp"
#include "wire/user_frames.hpp"

#include <algorithm>
#include <variant>

namespace tcpblame::store {
namespace {

constexpr std::uint16_t kPassed = static_cast<std::uint16_t>(wire::UserFrame::kTimePassed);

/// False where the bytes are no frame.
bool read_header(wire::Frame frame, wire_header& header) {
    header = header_of(frame);
    return frame.size() >= sizeof(header) && header.size <= frame.size() &&
           (header.size != 0 || frame.size() > UINT16_MAX);
}

} // namespace

void Rebuilder::take(std::uint64_t sequence, std::uint16_t kind, std::string_view bytes) {
    std::uint64_t index = sequence - sequence_of(part_.part, 0);
    wire::Frame rest = frame_in(bytes);
    if (kind != kPassed) return take_frame(index, rest);
    wire_header header{};
    while (read_header(rest, header) && header.size != 0) {
        take_frame(index++, rest.first(header.size));
        rest = rest.subspan(header.size);
    }
    if (!rest.empty()) ++result_.damaged;
}

void Rebuilder::take_frame(std::uint64_t index, wire::Frame frame) {
    if (index < expected_) {
        if (index == last_index_ && hash_of(text_of(frame)) != last_hash_) ++result_.conflicting;
        return;
    }
    wire_header header{};
    if (!read_header(frame, header)) {
        ++result_.damaged; // what comes next says that it is missing
        return;
    }
    if (expected_ == 0 && index == 0) {
        result_.has_beginning = is_beginning(frame);
        passed_ns_ = header.time_ns;
    }
    if (!result_.has_beginning) return;
    if (index > expected_) report_lost(index - expected_, header.time_ns);
    expected_ = index + 1;
    last_index_ = index;
    last_hash_ = hash_of(text_of(frame));
    ++result_.frames;
    if (header.type == kPassed) passed_ns_ = std::max<std::uint64_t>(passed_ns_, header.time_ns);
    if (header.type == static_cast<std::uint16_t>(wire::RunFrame::kRunEnded)) result_.has_end = true;
    result_.last_ns = std::max<std::uint64_t>(result_.last_ns, header.time_ns);
    sink_(frame);
}

/// Of the very run and host that its row names: else one could make another's recording worthless.
bool Rebuilder::is_beginning(wire::Frame frame) const {
    const auto record = wire::decode_run_frame(frame);
    const auto* run = record ? std::get_if<model::RecordedRun>(&*record) : nullptr;
    return run != nullptr && run->part == part_.part && run_column(*run, frame) == part_.run &&
           host_column(run->host) == part_.host;
}

void Rebuilder::report_lost(std::uint64_t frames, std::uint64_t before_ns) {
    result_.missing += frames;
    model::EventsLost lost;
    lost.lost.count = frames;
    lost.lost.after_monotonic_ns = result_.last_ns;
    lost.lost.before_monotonic_ns = std::max(before_ns, result_.last_ns);
    sink_(wire::encode(lost));
}

void Rebuilder::conclude() {
    if (!result_.has_beginning || result_.has_end) return;
    sink_(wire::encode(model::RecordedEnd{passed_ns_, model::RunEndReason::kCutShort, std::nullopt}));
}

} // namespace tcpblame::store
