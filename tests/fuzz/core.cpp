// The events of a recording, whatever they are, in a small world: the core reports what it promises, the same each
// time, and evicts what is over.
#include "fuzz/packed.hpp"
#include "fuzz/reporting.hpp"
#include "fuzz/require.hpp"
#include "fuzz/small_world.hpp"
#include "fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tcpblame::fuzz;
    Story story = story_of(unpack({data, size}).frames);
    if (story.steps.empty()) return 0;
    put_into_small_world(story);
    let_all_go(story);
    const Reports reported = report(story, report_options(size));
    // The one that was closed last.
    require(reported.remembered <= 1, "what is over is evicted");
    if (size % 4 != 0) return 0; // reporting takes its time: every few inputs will do
    const Reports again = report(story, report_options(size));
    require(reported.json == again.json, "the same events are reported the same, as JSON", reported.json);
    require(reported.text == again.text, "the same events are reported the same, as text", reported.text);
    return 0;
}
