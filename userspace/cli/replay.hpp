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
    /// The command line's filters, on top of those that were recorded with.
    class Filter : public reconstruct::Audience {
    public:
        Filter(const Options& options, Teller& teller) : options_(options), teller_(teller) {}
        void verdict(const model::Verdict& verdict) override;
        void lost(const model::LostEvents& lost) override { teller_.lost(lost); }

    private:
        const Options& options_;
        Teller& teller_;
    };

    /// The next frame that is no named stack; those are learnt, since they name what the frame before brought up.
    Result<bool> step_ahead();
    Result<void> take(wire::Frame frame);
    Result<void> end(const model::RecordedEnd& end);
    void name(std::uint32_t pid, std::vector<model::StackFrame>& stack) const;

    const model::RecordedRun& run_;
    record::Reader& reader_;
    render::Output& output_;
    Writer& writer_;
    Teller teller_;
    Filter filter_;
    reconstruct::Reconstruction core_;
    wire::FrameBytes ahead_;
    std::unordered_map<std::string, std::vector<model::StackFrame>> names_;
    std::uint64_t passed_ns_;
    bool ended_ = false;
};

} // namespace tcpblame::cli
