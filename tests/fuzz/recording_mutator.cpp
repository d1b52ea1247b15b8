// How libFuzzer changes a recording: its frames mostly, and at times the bytes as they are.
#include "fuzz/frame_mutator.hpp"
#include "fuzz/packed.hpp"

#include <algorithm>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace tcpblame::fuzz;

/// 0 where it is longer than may be.
std::size_t put(const Frames& frames, std::uint8_t* data, std::size_t max_size, Random& random) {
    const std::vector<std::uint8_t> recording = pack(frames, random() % 4 == 0 ? 1 + random() % 16 : frames.size());
    if (recording.size() > max_size) return 0;
    std::copy(recording.begin(), recording.end(), data);
    return recording.size();
}

} // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    Random random(seed);
    if (random() % 8 != 0) {
        Frames frames = unpack({data, size}).frames;
        change(frames, random);
        if (!frames.empty())
            if (const std::size_t now = put(frames, data, max_size, random); now > 0) return now;
    }
    return LLVMFuzzerMutate(data, size, max_size);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size, std::uint8_t* out,
                                                 std::size_t max_out_size, unsigned seed) {
    Random random(seed);
    return put(cross(unpack({one, one_size}).frames, unpack({other, other_size}).frames, random), out, max_out_size,
               random);
}
