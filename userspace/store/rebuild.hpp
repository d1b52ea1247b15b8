/// Makes the frames of a run's part again, as they were recorded, of rows that anybody may have written.
#pragma once

#include "store/row.hpp"
#include "wire/frame.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tcpblame::store {

/// Where the frames of one file lie: a part of a run.
struct PartKey {
    std::string host; ///< as host_column() has it
    std::uint64_t run = 0;
    std::uint32_t part = 0;

    bool operator==(const PartKey&) const = default;
};

struct Rebuilt {
    bool has_beginning = false; ///< without it nothing of it can be read
    bool has_end = false;       ///< of the run
    std::uint64_t frames = 0;
    std::uint64_t missing = 0;     ///< frames, between others
    std::uint64_t damaged = 0;     ///< frames, left out
    std::uint64_t conflicting = 0; ///< frames that are there twice, and not alike; the first is taken
    std::uint64_t last_ns = 0;     ///< of the newest frame, by CLOCK_MONOTONIC
};

/// Takes rows in the order of their sequences; a row that comes twice is taken once. Where frames are missing it says
/// so by a frame of lost events, so that verdicts claim less.
class Rebuilder {
public:
    Rebuilder(PartKey part, wire::FrameSink sink) : part_(std::move(part)), sink_(std::move(sink)) {}

    void take(std::uint64_t sequence, std::uint16_t kind, std::string_view bytes);

    /// Of the last part of a run that has no end yet: as a recording is reported whose recorder is still at work.
    void conclude();

    [[nodiscard]] const Rebuilt& result() const { return result_; }

private:
    void take_frame(std::uint64_t index, wire::Frame frame);
    [[nodiscard]] bool is_beginning(wire::Frame frame) const;
    void report_lost(std::uint64_t frames, std::uint64_t before_ns);

    PartKey part_;
    wire::FrameSink sink_;
    Rebuilt result_;
    std::uint64_t expected_ = 0; ///< index
    std::uint64_t passed_ns_ = 0;
    std::uint64_t last_index_ = 0;
    std::uint64_t last_hash_ = 0;
};

} // namespace tcpblame::store
