// Runs a target on files, and on those in folders: what libFuzzer found once, without libFuzzer.
#include "fuzz/target.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

void run(const fs::path& path, std::size_t& count) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    // Said before: it may be the last that is said.
    std::fprintf(stderr, "%s\n", path.c_str());
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ++count;
}

} // namespace

int main(int argc, char** argv) {
    std::size_t count = 0;
    for (const std::string& path : std::vector<std::string>(argv + 1, argv + argc)) {
        if (!fs::exists(path)) {
            std::fprintf(stderr, "there is no %s\n", path.c_str());
            return 2;
        }
        if (!fs::is_directory(path)) {
            run(path, count);
            continue;
        }
        for (const auto& entry : fs::directory_iterator(path))
            if (entry.is_regular_file()) run(entry.path(), count);
    }
    std::printf("%zu inputs\n", count);
    return count > 0 ? 0 : 1;
}
