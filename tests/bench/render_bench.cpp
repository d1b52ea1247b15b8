// How fast verdicts become what is read: JSON above all, and the screen's report beside it.
//
// The verdicts are those of recordings that are kept (tests/recordings), their stacks named. Each is reported again and
// again, into memory.

#include "cli/replay/recordings.hpp"
#include "cli/replay/replay.hpp"
#include "render/ndjson.hpp"
#include "render/report.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace tcpblame {
namespace {

struct Reported : reconstruct::VerdictSink {
    void verdict(model::Verdict&& verdict) override { verdicts.push_back(std::move(verdict)); }
    void lost(const model::LostEvents& /*lost*/) override {}

    std::vector<model::Verdict> verdicts;
};

std::vector<model::Verdict> reported_of(const std::string& recording) {
    auto opened = cli::open_recording(TCPBLAME_RECORDINGS "/6.12.107/" + recording);
    if (!opened || !*opened) {
        std::fprintf(stderr, "render_bench: cannot read %s\n", recording.c_str());
        std::exit(1);
    }
    Reported reported;
    cli::Replay replay((*opened)->run, (*opened)->run.selection, *(*opened)->frames, reported);
    while (replay.step()) {}
    return std::move(reported.verdicts);
}

model::Verdict first_of(const std::string& recording, model::VerdictKind kind) {
    const auto reported = reported_of(recording);
    const auto found = std::find_if(reported.begin(), reported.end(),
                                    [kind](const model::Verdict& verdict) { return verdict.kind == kind; });
    if (found != reported.end()) return *found;
    std::fprintf(stderr, "render_bench: %s does not report what is asked for\n", recording.c_str());
    std::exit(1);
}

/// As a storm of RSTs brings them: a connection that the peer's SO_LINGER 0 ends, and no write. The processes of a
/// storm are seldom alive when they are asked for: nothing is known of the code.
model::Verdict storm_teardown() {
    model::Verdict verdict = first_of("linger-zero.rec", model::VerdictKind::kTeardown);
    verdict.write_failed = false;
    verdict.peer->stack.clear();
    return verdict;
}

model::Verdict local_peers_teardown() { return first_of("linger-zero.rec", model::VerdictKind::kTeardown); }

model::Verdict peer_closed() { return first_of("peer-long-gone.rec", model::VerdictKind::kFailedWrite); }

model::Verdict bare_stacks() { return first_of("rst-from-middle.client.rec", model::VerdictKind::kFailedWrite); }

void report(benchmark::State& state, render::Output& output, const model::Verdict& one, std::uint64_t apart_ns,
            const std::size_t& bytes) {
    model::RunStart start;
    start.realtime_offset_ns = 1'700'000'000'000'000'000;
    output.start(start);
    model::Verdict verdict = one;
    const std::size_t before = bytes;
    for (auto _ : state) {
        verdict.monotonic_ns += apart_ns;
        output.verdict(verdict);
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes - before));
    state.counters["bytes_a_line"] =
        benchmark::Counter(static_cast<double>(bytes - before), benchmark::Counter::kAvgIterations);
}

/// Where a writer would keep it until it is flushed.
class Sink {
public:
    render::Sink sink() {
        return [this](std::string_view text) {
            constexpr std::size_t kFlushed = std::size_t{64} << 10;
            if (waiting_.size() > kFlushed) waiting_.clear();
            waiting_ += text;
            bytes += text.size();
        };
    }

    std::size_t bytes = 0;

private:
    std::string waiting_;
};

void json(benchmark::State& state, model::Verdict (*make)()) {
    constexpr std::uint64_t kApartNs = 20'000;
    Sink sink;
    render::Ndjson ndjson(sink.sink());
    report(state, ndjson, make(), kApartNs, sink.bytes);
}

void screen(benchmark::State& state, model::Verdict (*make)()) {
    constexpr std::uint64_t kApartNs = 2'000'000'000; // those that come within a second are reported in one line
    Sink sink;
    render::Report screen_report({}, sink.sink(), sink.sink());
    report(state, screen_report, make(), kApartNs, sink.bytes);
}

BENCHMARK_CAPTURE(json, storm_teardown, storm_teardown);
BENCHMARK_CAPTURE(json, teardown_by_a_local_peer, local_peers_teardown);
BENCHMARK_CAPTURE(json, peer_closed_with_stacks, peer_closed);
BENCHMARK_CAPTURE(json, reset_from_the_middle, bare_stacks);
BENCHMARK_CAPTURE(screen, storm_teardown, storm_teardown);
BENCHMARK_CAPTURE(screen, peer_closed_with_stacks, peer_closed);

} // namespace
} // namespace tcpblame

BENCHMARK_MAIN();
