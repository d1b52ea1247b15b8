/// Feeds a recording to a core of its own, frame by frame, as the live run did.
#pragma once

#include "base/result.hpp"
#include "model/recorded.hpp"
#include "reconstruct/reconstruction.hpp"
#include "record/frames.hpp"
#include "wire/run_frames.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace tcpblame::cli {

class Replay {
public:
    /// `frames` has given the run's start already. The sink gets every verdict with its stacks named, all times
    /// `shift_ns` later than they are recorded.
    Replay(const model::RecordedRun& run, model::Selection selection, record::Frames& frames,
           reconstruct::VerdictSink& sink, std::int64_t shift_ns = 0, const reconstruct::Joining& joining = {});

    /// Takes the next frame. False where there is none: all has been reported then.
    [[nodiscard]] bool step();

    /// The time of the frame that comes next.
    std::uint64_t next_ns() const { return next_ns_; }
    /// It is at least this late in the recording.
    std::uint64_t passed_ns() const { return passed_ns_; }

    // When step() has given false:

    const model::RecordedEnd& end() const { return *end_; }
    /// kDamagedRecording where it breaks off.
    const Result<void>& went() const { return went_; }
    std::uint64_t not_understood() const { return not_understood_; } ///< frames
    std::uint64_t evicted() const { return core_.evicted(); }        ///< sockets, to keep within the run's --max-memory
    const std::string& name() const { return frames_.name(); }

private:
    /// Names every verdict's stacks.
    class Listener : public reconstruct::VerdictSink {
    public:
        Listener(Replay& replay, reconstruct::VerdictSink& sink) : replay_(replay), sink_(sink) {}
        void verdict(model::Verdict&& verdict) override;
        void lost(const model::LostEvents& lost) override { sink_.lost(lost); }
        void clock_set(const model::ClockSet& set) override { sink_.clock_set(set); }

    private:
        Replay& replay_;
        reconstruct::VerdictSink& sink_;
    };

    /// A frame, read; monostate where it is not understood.
    using Read = std::variant<std::monostate, model::Event, model::RecordedEnd>;

    /// The next frame that is no named stack; those are learnt, since they name what the frame before brought up.
    void step_ahead();
    Read read(wire::Frame frame);
    void take(Read frame);
    void finish(const model::RecordedEnd& end);
    void name(std::uint32_t pid, std::vector<model::StackFrame>& stack);

    record::Frames& frames_;
    Listener listener_;
    reconstruct::Reconstruction core_;
    std::int64_t shift_ns_;
    std::optional<Read> ahead_;
    std::uint64_t next_ns_;
    std::uint64_t passed_ns_;
    /// One may be asked for twice, with another answer: by then its process may be gone.
    std::unordered_map<std::string, std::deque<std::vector<model::StackFrame>>> names_;
    std::uint64_t not_understood_ = 0; ///< frames
    std::optional<model::RecordedEnd> end_;
    Result<void> went_;
};

} // namespace tcpblame::cli
