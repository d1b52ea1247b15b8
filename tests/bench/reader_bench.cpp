// How fast and how small the reader is: frames in memory, decoded, ordered, reconstructed, on one processor.
//
//   build/bench/reader_bench [--benchmark_filter=REGEX] [--benchmark_format=json]
//
// The time is the thread's own (CLOCK_THREAD_CPUTIME_ID): what else the machine does disturbs it little.
#include "bench/counted_allocations.hpp"
#include "bench/world.hpp"

#include <benchmark/benchmark.h>
#include <cstdint>

namespace tcpblame::bench {
namespace {

void measure(benchmark::State& state, World& world) {
    world.settle();
    const Reader& reader = world.reader();
    const std::uint64_t frames = reader.frames();
    const std::uint64_t verdicts = reader.verdicts();
    const std::uint64_t asked_before = reader.allocations();
    double seconds = 0;
    for (auto _ : state) {
        const double took = world.turn();
        state.SetIterationTime(took);
        seconds += took;
    }
    const auto events = static_cast<double>(reader.frames() - frames);
    const auto asked = static_cast<double>(reader.allocations() - asked_before);
    const auto reported = static_cast<double>(reader.verdicts() - verdicts);
    state.counters["events/s"] = events / seconds;
    state.counters["verdicts/s"] = reported / seconds;
    state.counters["allocs/event"] = asked / events;
    if (reported > 0) state.counters["allocs/verdict"] = asked / reported;
}

/// Each connection is new, and torn down by a RST.
void reset_storm(benchmark::State& state) {
    World world({}, 0, &Lives::reset);
    measure(state, world);
}
/// The same, where nobody asked about these connections: no verdict is reported.
void reset_storm_unreported(benchmark::State& state) {
    World world(nobody(), 0, &Lives::reset);
    measure(state, world);
}
void failing_writes(benchmark::State& state) {
    World world({}, 0, &Lives::failing_write);
    measure(state, world);
}
/// Of so many live sockets, two to a connection.
void among_live(benchmark::State& state) {
    World world({}, static_cast<std::uint64_t>(state.range(0)) / 2, &Lives::reset);
    measure(state, world);
}

void idle(benchmark::State& state, Life birth) {
    const auto sockets = static_cast<std::uint64_t>(state.range(0));
    double bytes = 0;
    for (auto _ : state) {
        const std::uint64_t before = heap_bytes();
        const double began = thread_seconds();
        const World world({}, sockets / 2, &Lives::reset, birth);
        state.SetIterationTime(thread_seconds() - began);
        // The numbers are the benchmark's own.
        bytes = static_cast<double>(heap_bytes() - before - sockets / 2 * sizeof(std::uint64_t));
    }
    state.counters["bytes/connection"] = bytes / static_cast<double>(sockets);
}
void idle_found(benchmark::State& state) { idle(state, &Lives::found); }
void idle_opened(benchmark::State& state) { idle(state, &Lives::opened); }

BENCHMARK(reset_storm)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(reset_storm_unreported)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(failing_writes)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(among_live)->RangeMultiplier(10)->Range(1'000, 1'000'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(idle_found)->Arg(100'000)->Arg(1'000'000)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(idle_opened)->Arg(100'000)->Arg(1'000'000)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

} // namespace
} // namespace tcpblame::bench

BENCHMARK_MAIN();
