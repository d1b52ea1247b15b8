/// What a run says about itself, as the members of an object; `Line` as in verdict_members.hpp.
#pragma once

#include "model/run.hpp"
#include "model/wall_clock.hpp"
#include "render/moment.hpp"

#include <cstddef>
#include <cstdint>
#include <fmt/format.h>

namespace tcpblame::render::members {

template <typename Line>
void report(Line& line, const model::IdleCloser& closer) {
    line.add("closer", closer.closer);
    line.put("closed", closer.closed);
    line.put("idle", closer.idle);
    line.put("shortest_ns", closer.shortest_ns);
    line.put("longest_ns", closer.longest_ns);
}

template <typename Line>
void report_recordings(Line& line, const model::RunStart& start) {
    Rfc3339 rfc3339;
    const model::WallClock clock(start.realtime_offset_ns);
    line.add_array("recordings", start.recordings, [&](const model::RecordingFacts& recording) {
        line.object([&] {
            line.put("time", rfc3339(clock.realtime_of(recording.monotonic_ns)));
            line.add("host", recording.host);
            line.add("kernel", recording.kernel);
            line.add("watching", recording.watching);
            line.add("boot_id", recording.boot_id);
            if (recording.run_id != 0) line.put("run_id", fmt::format("{:016x}", recording.run_id));
        });
    });
}

template <typename Line>
void report_causes(Line& line, const model::RunEnd& end) {
    for (std::size_t index = 0; index < end.verdicts_by_cause.size(); ++index) {
        const std::uint64_t verdicts = end.verdicts_by_cause.at(index);
        const std::uint64_t teardowns = end.teardowns_by_cause.at(index);
        if (verdicts == 0 && teardowns == 0) continue;
        line.object(model::code_of(static_cast<model::Cause>(index)), [&] {
            line.put("verdicts", verdicts);
            line.put("teardowns", teardowns);
        });
    }
}

template <typename Line>
void report(Line& line, const model::RunStart& start) {
    line.add("watching", start.watching);
    line.add("open_connections", start.open_connections);
    line.add("version", start.version);
    line.add("kernel", start.kernel);
    line.add_array("limits", start.limits, [&](model::RunLimit each) { line.put(model::code_of(each)); });
    report_recordings(line, start);
}

template <typename Line>
void report(Line& line, const model::LostEvents& lost) {
    line.put("count", lost.count);
    line.add("cpu", lost.cpu);
    line.add_nonzero("after_monotonic_ns", lost.after_monotonic_ns);
    line.add_nonzero("before_monotonic_ns", lost.before_monotonic_ns);
}

template <typename Line>
void put_counts(Line& line, const model::RunEnd& so_far) {
    line.put("verdicts", so_far.verdicts);
    line.put("teardowns", so_far.teardowns);
    line.put("lost_events", so_far.lost_events);
    if (so_far.evicted != 0) line.put("forgotten", so_far.evicted);
}

template <typename Line>
void report(Line& line, const model::RunEnd& end) {
    line.put("reason", model::code_of(end.reason));
    put_counts(line, end);
    if (end.passed_over != 0) line.put("passed_over", end.passed_over);
    if (end.events)
        line.object("events", [&] {
            line.put("made", end.events->made);
            line.put("seen", end.events->seen);
        });
    line.object("causes", [&] { report_causes(line, end); });
    line.add_array("idle_closers", end.idle_closers,
                   [&](const model::IdleCloser& closer) { line.object([&] { report(line, closer); }); });
}

} // namespace tcpblame::render::members
