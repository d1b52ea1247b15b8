// How fast `report` reports a recording: from the file through unpacking, decoding, ordering and reconstruction to
// JSON, on one processor.
//
//   build/bench/recording_bench [--benchmark_filter=REGEX] [--benchmark_format=json]
//
// The time is the thread's own (CLOCK_THREAD_CPUTIME_ID).
#include "bench/lives.hpp"
#include "bench/world.hpp"
#include "cli/replay/recordings.hpp"
#include "cli/replay/replay.hpp"
#include "record/recorder.hpp"
#include "render/ndjson.hpp"

#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>

namespace tcpblame::bench {
namespace {

constexpr std::uint64_t kConnections = 65'536;
constexpr std::uint64_t kApartNs = 50'000; // about 15,000 a second: in the end as many are forgotten as are heard of

[[noreturn]] void give_up(const Error& error) {
    std::fprintf(stderr, "recording_bench: %s: %s\n", error.what.c_str(), error.why.c_str());
    std::exit(1);
}

/// A recording of so many connections, for as long as this is there.
class Recorded {
public:
    Recorded(const model::Selection& selection, Life life)
        : path_(std::filesystem::temp_directory_path() / ("recording_bench." + std::to_string(getpid()))) {
        auto recorder = record::Recorder::create(path_, {}, record::EarlierContent::kOverwrite);
        if (!recorder) give_up(recorder.error());
        model::RecordedRun run;
        run.selection = selection;
        if (auto begun = (*recorder)->begin(run); !begun) give_up(begun.error());
        Tape tape;
        Lives lives(tape);
        for (std::uint64_t number = 1; number <= kConnections; ++number) {
            (lives.*life)(number);
            lives.pass(kApartNs);
            if (number % kLivesATick == 0) lives.tick();
        }
        frames = tape.frames();
        tape.play([&](wire::Frame frame) { (*recorder)->put(frame); });
        if (auto finished = (*recorder)->finish(); !finished) give_up(finished.error());
    }
    ~Recorded() { std::filesystem::remove(path_); }
    Recorded(const Recorded&) = delete;
    Recorded& operator=(const Recorded&) = delete;

    cli::Recording open() const {
        auto opened = cli::open_recording(path_);
        if (!opened) give_up(opened.error());
        return std::move(**opened);
    }

    std::uint64_t frames = 0;

private:
    std::string path_;
};

class Reporting : public reconstruct::VerdictSink {
public:
    void verdict(model::Verdict&& verdict) override {
        ++verdicts;
        ndjson_.verdict(verdict);
    }
    void lost(const model::LostEvents& /*lost*/) override {}

    std::uint64_t verdicts = 0;
    std::uint64_t bytes = 0;

private:
    render::Ndjson ndjson_{[this](std::string_view line) { bytes += line.size(); }};
};

void report(benchmark::State& state, const model::Selection& selection, Life life) {
    const Recorded recorded(selection, life);
    double seconds = 0;
    std::uint64_t verdicts = 0;
    for (auto _ : state) {
        const double began = thread_seconds();
        const cli::Recording recording = recorded.open();
        Reporting reporting;
        cli::Replay replay(recording.run, recording.run.selection, *recording.frames, reporting);
        while (replay.step()) {}
        const double took = thread_seconds() - began;
        state.SetIterationTime(took);
        seconds += took;
        verdicts += reporting.verdicts;
    }
    const auto runs = static_cast<double>(state.iterations());
    state.counters["events/s"] = runs * static_cast<double>(recorded.frames) / seconds;
    state.counters["verdicts/s"] = static_cast<double>(verdicts) / seconds;
}

void report_resets(benchmark::State& state) { report(state, {}, &Lives::reset); }
/// Nobody asked about these connections.
void report_resets_unreported(benchmark::State& state) { report(state, nobody(), &Lives::reset); }
void report_failing_writes(benchmark::State& state) { report(state, {}, &Lives::failing_write); }

BENCHMARK(report_resets)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(report_resets_unreported)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(report_failing_writes)->UseManualTime()->Unit(benchmark::kMillisecond);

} // namespace
} // namespace tcpblame::bench

BENCHMARK_MAIN();
