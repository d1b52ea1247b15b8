// Reads a storm of RSTs for valgrind to count (instructions.sh): which machine it is, and what else that one does, has
// no say in a number of instructions.
//
//   instructions unreported|reported|json     prints by how many teardowns the instructions are to be shared
//
// unreported: their events are read; reported: and their verdicts made; json: of verdicts that were made, the lines
// alone.
#include "bench/world.hpp"
#include "render/ndjson.hpp"

#include <cstdio>
#include <string_view>
#include <vector>

namespace tcpblame::bench {

// What is counted, by these names: not to be made one with what is around it.
[[gnu::noinline]] void counted_reading(Reader& reader) { reader.read(); }
[[gnu::noinline]] void counted_reporting(render::Ndjson& ndjson, const std::vector<model::Verdict>& verdicts) {
    for (const model::Verdict& verdict : verdicts) ndjson.verdict(verdict);
}

namespace {

/// So far apart, one tape of them is longer than an ended connection is remembered.
constexpr std::uint64_t kApartNs = 2'000'000;

/// With all that each line repeats of it.
model::RunStart run_start() {
    model::RunStart start;
    start.host = "web1.example.org";
    start.boot_id = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    start.run_id = 1;
    return start;
}

std::uint64_t run(std::string_view what) {
    World world(what == "unreported" ? nobody() : model::Selection{}, 0, &Lives::reset);
    Reader& reader = world.reader();
    world.live(kApartNs);
    reader.read(); // as many are remembered now as always will be
    std::vector<model::Verdict> verdicts;
    if (what == "json") reader.keep_verdicts(verdicts);
    world.live(kApartNs);
    if (what == "json") {
        reader.read();
        std::size_t bytes = 0;
        render::Ndjson ndjson([&bytes](std::string_view line) { bytes += line.size(); });
        ndjson.start(run_start());
        counted_reporting(ndjson, verdicts);
        return bytes > 0 ? verdicts.size() : 0;
    }
    counted_reading(reader);
    return kLivesATape;
}

} // namespace
} // namespace tcpblame::bench

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::printf("%llu\n", static_cast<unsigned long long>(tcpblame::bench::run(argv[1])));
}
