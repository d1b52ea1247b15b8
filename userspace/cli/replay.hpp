/// Feeds a recording to the core as the live run did.
#pragma once

#include "cli/options.hpp"
#include "cli/teller.hpp"
#include "cli/writer.hpp"
#include "model/recorded.hpp"
#include "reconstruct/reconstruction.hpp"
#include "record/reader.hpp"
#include "render/output.hpp"
#include "wire/run_frames.hpp"

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tcpblame::cli {

class Replay {
public:
    /// `reader` has given the run's start already.
    Replay(const Options& options, const model::RecordedRun& run, record::Reader& reader, render::Output& output,
           Writer& writer);

    /// Fails with kDamagedRecording where the recording breaks off, after telling what came before.
    Result<void> run();

private:
    /// Names every verdict's stacks, and passes on those that the command line's filters let through.
    class Listener : public reconstruct::Audience {
    public:
        explicit Listener(Replay& replay) : replay_(replay) {}
        void verdict(const model::Verdict& verdict) override { replay_.tell(verdict); }
        void lost(const model::LostEvents& lost) override { replay_.teller_.lost(lost); }

    private:
        Replay& replay_;
    };

    void tell(const model::Verdict& verdict);
    /// The next frame that is no named stack; those are learnt, since they name what the frame before brought up.
    Result<bool> step_ahead();
    Result<void> take(wire::Frame frame);
    Result<void> end(const model::RecordedEnd& end);
    void name(std::uint32_t pid, std::vector<model::StackFrame>& stack);

    const Options& options_;
    const model::RecordedRun& run_;
    record::Reader& reader_;
    render::Output& output_;
    Writer& writer_;
    Teller teller_;
    Listener listener_;
    reconstruct::Reconstruction core_;
    wire::FrameBytes ahead_;
    /// One may be asked for twice, with another answer: by then its process may be gone.
    std::unordered_map<std::string, std::deque<std::vector<model::StackFrame>>> names_;
    std::uint64_t passed_ns_;
    std::uint64_t not_understood_ = 0; ///< frames
    bool ended_ = false;
};

} // namespace tcpblame::cli
