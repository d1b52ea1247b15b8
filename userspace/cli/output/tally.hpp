/// Counts what is reported, for the end's summary, and passes it on until enough has been.
#pragma once

#include "cli/output/idle_closes.hpp"
#include "model/run.hpp"
#include "model/verdict.hpp"
#include "reconstruct/reconstruction.hpp"
#include "render/output.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace tcpblame::cli {

class Tally {
public:
    void count(const model::Verdict& verdict);
    void count(const model::LostEvents& lost) { end_.lost_events += lost.count; }

    /// As a person counts: a teardown whose failed write was reported is no second one.
    [[nodiscard]] std::uint64_t reported() const { return reported_; }

    [[nodiscard]] model::RunEnd end(model::RunEndReason reason, std::uint64_t monotonic_ns,
                                    std::optional<model::EventCounters> events = {}) const;

private:
    model::RunEnd end_;
    std::uint64_t reported_ = 0;
    IdleCloses idle_closes_;
};

/// Names the frames of a process's stack: by what its files say, or by what a recording has kept.
using StackNamer = std::function<void(std::uint32_t pid, std::vector<model::StackFrame>& stack)>;

/// Names every stack that the verdict has, always in the same order: a recording keeps them so.
void name_stacks(model::Verdict& verdict, const StackNamer& namer);

/// Passes on what the core reports, with the code in its stacks named.
class VerdictPublisher : public reconstruct::VerdictSink {
public:
    /// `namer` may be empty: the stacks are reported as they come.
    VerdictPublisher(render::Output& output, StackNamer namer, std::optional<std::uint64_t> enough)
        : output_(output), namer_(std::move(namer)), enough_(enough) {}

    void verdict(model::Verdict&& verdict) override;
    void lost(const model::LostEvents& lost) override;
    void clock_set(const model::ClockSet& set) override { output_.clock_set(set); }

    [[nodiscard]] bool has_reported_enough() const { return enough_ && tally_.reported() >= *enough_; }
    [[nodiscard]] const Tally& tally() const { return tally_; }

private:
    render::Output& output_;
    StackNamer namer_;
    std::optional<std::uint64_t> enough_;
    Tally tally_;
};

} // namespace tcpblame::cli
