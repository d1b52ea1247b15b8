/// What a run has to report, handed to whoever shows it: text for a person, JSON for a program.
#pragma once

#include "model/alike_verdicts.hpp"
#include "model/run.hpp"
#include "model/verdict.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace tcpblame::render {

/// Takes finished text, always whole lines. Rendering never writes by itself: only the
/// caller knows whether the other end is a terminal, a file or a pipe that has gone.
using Sink = std::function<void(std::string_view)>;

class Output {
public:
    Output() = default;
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    Output(Output&&) = delete;
    Output& operator=(Output&&) = delete;
    virtual ~Output() = default;

    /// Comes first, once: it brings the offset that turns every later moment into a time of day, until clock_set().
    virtual void start(const model::RunStart& start) = 0;
    /// Both kinds: a write that failed, and a connection that broke.
    virtual void verdict(const model::Verdict& verdict) = 0;
    virtual void lost(const model::LostEvents& lost) = 0;
    /// More verdicts than may be reported one by one. Whoever asks for a bound takes a format that has this.
    virtual void alike(const model::AlikeVerdicts& /*alike*/) {}
    /// The run lives, and has reported so much: for programs that must know silence from death.
    virtual void heartbeat(const model::RunEnd& /*so_far*/) {}
    /// What happened from then on is reported by the new time of day; what is older, by the one that it had.
    virtual void clock_set(const model::ClockSet& /*set*/) {}
    /// It is `now_monotonic_ns` by the clock of the verdicts: what waits for its time to pass is reported.
    /// To be called now and then while the run lives; a replay, which has no now, does without.
    virtual void flush(std::uint64_t /*now_monotonic_ns*/) {}
    /// Comes last, once.
    virtual void end(const model::RunEnd& end) = 0;
};

} // namespace tcpblame::render
