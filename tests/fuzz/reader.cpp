// Any bytes as a recording: it is read until it breaks off, and what was in it is reported.
#include "fuzz/packed.hpp"
#include "fuzz/reporting.hpp"
#include "fuzz/require.hpp"
#include "fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tcpblame::fuzz;
    const Unpacked unpacked = unpack({data, size});
    if (unpacked.frames.empty()) return 0;
    (void)report(story_of(unpacked.frames), report_options(size));

    // However the frames are packed, they are the same. Packing takes its time: every few inputs will do.
    if (size % 8 != 0) return 0;
    const Unpacked again = unpack(pack(unpacked.frames, 1 + size % 7));
    require(!again.error.has_value(), "what was packed well is not damaged");
    require(again.frames == unpacked.frames, "a recording gives its frames back as they were");
    return 0;
}
