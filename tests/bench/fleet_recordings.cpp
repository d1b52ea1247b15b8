// The recordings of a fleet that is not there: of each host an hour of broken writes, in parts of five minutes, as its
// agent would have sent them.
//
//   build/bench/fleet_recordings FOLDER HOSTS BREAKS
//
// BREAKS: of each host. Writes FOLDER/node-N.1 and so on; `tcpblame store load` takes them.
#include "bench/lives.hpp"
#include "record/recorder.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace tcpblame::bench {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr std::uint64_t kHourNs = 3'600 * kNsPerSecond;
constexpr std::uint64_t kPartNs = 300 * kNsPerSecond;
constexpr std::uint64_t kBeginsNs = 1'000 * kNsPerSecond; // by the monotonic clock of Lives
constexpr std::int64_t kBeginsRealtimeNs = 1'795'860'000 * std::int64_t{kNsPerSecond}; // 2026-11-28T10:00:00Z
/// Numbers of connections. No two of them have the same sequence numbers.
constexpr std::uint64_t kAHost = std::uint64_t{1} << 20;

[[noreturn]] void give_up(const Error& error) {
    std::fprintf(stderr, "fleet_recordings: %s: %s\n", error.what.c_str(), error.why.c_str());
    std::exit(1);
}

void check(const Result<void>& done) {
    if (!done) give_up(done.error());
}

model::RecordedRun run_of(std::uint64_t host) {
    model::RecordedRun run;
    run.host = "node-" + std::to_string(host);
    run.kernel = "6.12.0 x86_64";
    run.id = 0x1000'0000'0000'0000 + host;
    run.start.watching = "everything";
    run.start.monotonic_ns = kBeginsNs;
    run.start.realtime_offset_ns = kBeginsRealtimeNs - static_cast<std::int64_t>(kBeginsNs);
    return run;
}

void record_host(const std::string& folder, std::uint64_t host, std::uint64_t breaks) {
    const model::RecordedRun run = run_of(host);
    auto recorder =
        record::Recorder::create(folder + "/" + run.host, {.max_age_ns = kPartNs, .files = kHourNs / kPartNs + 1},
                                 record::EarlierContent::kOverwrite);
    if (!recorder) give_up(recorder.error());
    check((*recorder)->begin(run));
    Tape tape;
    Lives lives(tape);
    const std::uint64_t apart_ns = kHourNs / breaks;
    for (std::uint64_t number = 1; number <= breaks; ++number) {
        lives.failing_write(host * kAHost + number);
        lives.pass(apart_ns);
        lives.tick();
        tape.play([&](wire::Frame frame) { (*recorder)->put(frame); });
        tape.clear();
        check((*recorder)->pass_time(kBeginsNs + number * apart_ns));
    }
    (*recorder)->put(model::RecordedEnd{kBeginsNs + kHourNs, model::RunEndReason::kInterrupted});
    check((*recorder)->finish());
}

} // namespace
} // namespace tcpblame::bench

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: fleet_recordings FOLDER HOSTS BREAKS\n", stderr);
        return 2;
    }
    const std::uint64_t hosts = std::strtoull(argv[2], nullptr, 10);
    const std::uint64_t breaks = std::strtoull(argv[3], nullptr, 10);
    for (std::uint64_t host = 1; host <= hosts; ++host) tcpblame::bench::record_host(argv[1], host, breaks);
}
