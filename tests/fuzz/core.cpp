// The events of a recording, whatever they are, in a small world: the core tells what it promises, the same each time,
// and forgets what is over.
#include "fuzz/packed.hpp"
#include "fuzz/require.hpp"
#include "fuzz/small_world.hpp"
#include "fuzz/target.hpp"
#include "fuzz/telling.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tcpblame::fuzz;
    Story story = story_of(unpack({data, size}).frames);
    if (story.steps.empty()) return 0;
    put_into_small_world(story);
    let_all_go(story);
    const Told told = tell(story, report_options(size));
    // The one that was let go last.
    require(told.remembered <= 1, "what is over is forgotten");
    if (size % 4 != 0) return 0; // telling takes its time: every few inputs will do
    const Told again = tell(story, report_options(size));
    require(told.json == again.json, "the same events are told the same, as JSON", told.json);
    require(told.text == again.text, "the same events are told the same, as text", told.text);
    return 0;
}
