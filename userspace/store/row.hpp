/// What the engine keeps: each frame of a run as a row, at a place of its own, and each verdict as another.
#pragma once

#include "model/recorded.hpp"
#include "wire/frame.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::store {

/// A place in a run: its part (a file of a ring) and the frame's index in that. Sent or loaded again, a frame has it
/// again.
inline constexpr unsigned kIndexBits = 40;
constexpr std::uint64_t sequence_of(std::uint32_t part, std::uint64_t index) {
    return std::uint64_t{part} << kIndexBits | index;
}

struct FrameRow {
    std::uint64_t flow = 0;    ///< FrameKeys::flow; 0: it is about no connection
    std::uint32_t numbers = 0; ///< FrameKeys::numbers
    std::string host;
    std::uint64_t run = 0;
    std::uint64_t sequence = 0; ///< of the first of its frames
    std::int64_t time_ns = 0;   ///< since the epoch
    std::uint16_t kind = 0;     ///< the frame's type
    std::string frame;          ///< its bytes; of kTimePassed, those of all that came with none between

    bool operator==(const FrameRow&) const = default;
};

using RowSink = std::function<void(FrameRow&&)>;

/// As the engine is given it: bytes that are no UTF-8 become U+FFFD.
std::string host_column(std::string_view host);

/// The run's own number; where an older version gave it none, one that is made of its first frame.
std::uint64_t run_column(const model::RecordedRun& run, wire::Frame first);

/// Makes rows of a run's frames, which come as they are recorded: the one that says how the run began, or how a part of
/// it begins, first.
class RowMaker {
public:
    explicit RowMaker(RowSink sink) : sink_(std::move(sink)) {}

    void take(wire::Frame frame);
    /// So many could not be kept: what comes has its place all the same.
    void skip(std::uint64_t frames) { index_ += frames; }
    /// What waits for others that are alike is a row.
    void flush();
    /// Nothing more comes.
    void finish();

    [[nodiscard]] const std::string& host() const { return host_; }
    [[nodiscard]] std::uint64_t run() const { return run_; }
    /// Frames that are in no run's part.
    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

private:
    void begin_part(const model::RecordedRun& run, wire::Frame frame);
    void gather(wire::Frame frame);
    void add(FrameRow&& row);
    [[nodiscard]] FrameRow row_at(std::uint64_t index, wire::Frame frame) const;

    RowSink sink_;
    std::string host_;
    std::uint64_t run_ = 0;
    std::uint32_t part_ = 0;
    std::uint64_t index_ = 0;
    bool begun_ = false;
    std::int64_t realtime_offset_ns_ = 0;
    std::uint64_t now_ns_ = 0; ///< of the newest frame, by CLOCK_MONOTONIC
    std::optional<FrameRow> gathered_;
    /// A later part begins with what is repeated: it is as old as what follows, or it would be cleared away before
    /// that.
    bool repeats_ = false;
    std::vector<FrameRow> waiting_;
    std::uint64_t left_out_ = 0;
};

struct VerdictRow {
    std::int64_t time_ns = 0;
    std::string host;
    std::uint64_t run = 0;
    std::uint64_t key = 0; ///< of the line's own name: reported again, it is the same
    std::string type;      ///< "verdict", "teardown"
    std::string cause;
    std::string confidence;
    std::string error;
    std::string process;
    std::uint32_t pid = 0;
    std::string boot_id;
    std::uint64_t flow = 0;   ///< flow_key(): that of the connection's frames
    std::string connection;   ///< the socket's cookie, in hex
    std::string community_id; ///< the same at both ends
    std::string local_address;
    std::uint16_t local_port = 0;
    std::string remote_address;
    std::uint16_t remote_port = 0;
    std::string summary;
    std::string json;

    bool operator==(const VerdictRow&) const = default;
};

/// Of one of the lines that --json prints; nullopt where it is no verdict's.
std::optional<VerdictRow> verdict_row(std::string_view line, std::string_view host, std::uint64_t run);

/// As JSONEachRow, with its line's end.
std::string to_json(const VerdictRow& row);

} // namespace tcpblame::store
