// How fast and how small the reader is: frames in memory, decoded, ordered, reconstructed, on one processor.
//
//   build/bench/reader_bench [--benchmark_filter=REGEX] [--benchmark_format=json]
//
// The time is the thread's own (CLOCK_THREAD_CPUTIME_ID): what else the machine does disturbs it little.
#include "bench/counted_allocations.hpp"
#include "bench/lives.hpp"
#include "reconstruct/reconstruction.hpp"
#include "wire/decoder.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstdint>
#include <ctime>
#include <utility>
#include <vector>

namespace tcpblame::bench {
namespace {

constexpr std::uint64_t kLivesATape = 4096;
constexpr std::uint64_t kLivesATick = 64;

class Counting : public reconstruct::Audience {
public:
    void verdict(model::Verdict&& /*verdict*/) override { ++verdicts; }
    void lost(const model::LostEvents& /*lost*/) override {}
    std::uint64_t verdicts = 0;
};

double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

model::Selection nobody() {
    model::Selection selection;
    selection.ports = {1};
    return selection;
}

/// A reader that is fed tape after tape.
class Reader {
public:
    explicit Reader(model::Selection selection) : core_(std::move(selection), audience_) {}

    /// Gives the seconds that it took.
    double read() {
        const double began = thread_seconds();
        tape_.play([this](wire::Frame frame) {
            if (auto event = wire::decode(frame)) core_.feed(std::move(*event));
        });
        const double took = thread_seconds() - began;
        frames_ += tape_.frames();
        tape_.clear();
        return took;
    }
    Lives& lives() { return lives_; }
    std::uint64_t frames() const { return frames_; }
    std::uint64_t verdicts() const { return audience_.verdicts; }

private:
    Tape tape_;
    Lives lives_{tape_};
    Counting audience_;
    reconstruct::Reconstruction core_;
    std::uint64_t frames_ = 0;
};

using Life = void (Lives::*)(std::uint64_t number);

/// A core that knows so many live connections (each has both its ends here); as one of them breaks, chosen by chance,
/// another is found.
class World {
public:
    World(model::Selection selection, std::uint64_t live, Life life, Life birth = &Lives::found)
        : reader_(std::move(selection)), life_(life), birth_(birth) {
        numbers_.reserve(live);
        while (numbers_.size() < live) {
            for (std::uint64_t i = 0; i < kLivesATape && numbers_.size() < live; ++i) {
                (reader_.lives().*birth_)(next_);
                numbers_.push_back(next_++);
            }
            reader_.lives().pass(1'000'000);
            reader_.lives().tick();
            reader_.read();
        }
    }

    /// Until as many ended connections are remembered as always will be.
    void settle() {
        constexpr std::uint64_t kSettledLives = 200'000;
        for (std::uint64_t lives = 0; lives < kSettledLives; lives += kLivesATape) turn();
    }

    double turn() {
        for (std::uint64_t i = 0; i < kLivesATape; ++i) {
            live_once();
            if (i % kLivesATick == 0) reader_.lives().tick();
        }
        return reader_.read();
    }
    const Reader& reader() const { return reader_; }

private:
    void live_once() {
        if (numbers_.empty()) return (reader_.lives().*life_)(next_++);
        random_ = random_ * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
        std::uint64_t& number = numbers_[(random_ >> 33) % numbers_.size()];
        (reader_.lives().*life_)(number);
        (reader_.lives().*birth_)(next_);
        number = next_++;
    }

    Reader reader_;
    Life life_;
    Life birth_;
    std::vector<std::uint64_t> numbers_; ///< of the live ones
    std::uint64_t next_ = 0;
    std::uint64_t random_ = 1;
};

void measure(benchmark::State& state, World& world) {
    world.settle();
    const Reader& reader = world.reader();
    const std::uint64_t frames = reader.frames();
    const std::uint64_t verdicts = reader.verdicts();
    double seconds = 0;
    std::uint64_t asked = 0;
    for (auto _ : state) {
        const std::uint64_t asked_before = allocations();
        const double took = world.turn();
        asked += allocations() - asked_before;
        state.SetIterationTime(took);
        seconds += took;
    }
    const auto events = static_cast<double>(reader.frames() - frames);
    const auto told = static_cast<double>(reader.verdicts() - verdicts);
    state.counters["events/s"] = events / seconds;
    state.counters["verdicts/s"] = told / seconds;
    state.counters["allocs/event"] = static_cast<double>(asked) / events;
    if (told > 0) state.counters["allocs/verdict"] = static_cast<double>(asked) / told;
}

/// Each connection is new, and torn down by a RST.
void reset_storm(benchmark::State& state) {
    World world({}, 0, &Lives::reset);
    measure(state, world);
}
/// The same, where nobody asked about these connections: no verdict is told.
void reset_storm_untold(benchmark::State& state) {
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
BENCHMARK(reset_storm_untold)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(failing_writes)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(among_live)->RangeMultiplier(10)->Range(1'000, 1'000'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(idle_found)->Arg(100'000)->Arg(1'000'000)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(idle_opened)->Arg(100'000)->Arg(1'000'000)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

} // namespace
} // namespace tcpblame::bench

BENCHMARK_MAIN();
