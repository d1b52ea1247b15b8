// What the decoder's fuzzer begins with: frames_of FOLDER RECORDING… writes each frame that is unlike the ones before
// it, by type and size, into a file of its own.
#include "bpf/wire.h"
#include "fuzz/packed.hpp"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

int main(int argc, char** argv) {
    using namespace tcpblame;
    if (argc < 3) {
        std::fputs("usage: frames_of FOLDER RECORDING…\n", stderr);
        return 2;
    }
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    std::set<std::pair<std::uint16_t, std::size_t>> known;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        std::ifstream file(arguments[i], std::ios::binary);
        const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
        for (const auto& frame :
             fuzz::unpack({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}).frames) {
            wire_header header;
            std::memcpy(&header, frame.data(), sizeof(header));
            if (!known.emplace(header.type, frame.size()).second) continue;
            const std::string name = std::to_string(header.type) + "-" + std::to_string(frame.size());
            std::ofstream(arguments[0] + "/" + name, std::ios::binary)
                .write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
        }
    }
    return known.empty() ? 1 : 0;
}
