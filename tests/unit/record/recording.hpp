/// A recording for a test, in a directory of the test's own: written, read back, and changed in between.
#pragma once

#include "bpf/wire.h"
#include "record/reader.hpp"
#include "record/writer.hpp"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace tcpblame::record {

using FrameList = std::vector<wire::FrameBytes>;

/// A frame of this size (of a header at least), whose bytes depend on `seed` and cannot be packed.
inline wire::FrameBytes frame(std::size_t size, unsigned seed) {
    wire::FrameBytes bytes(size);
    std::uint32_t state = seed * 2654435761U + 1;
    for (std::byte& byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<std::byte>(state >> 24U);
    }
    return bytes;
}

/// What a reader gives until it is at the end, or fails.
struct ReadBack {
    FrameList frames;
    std::optional<Error> error;
};

inline ReadBack read_back(const std::string& path) {
    ReadBack back;
    auto reader = Reader::open(path);
    if (!reader) {
        back.error = reader.error();
        return back;
    }
    while (true) {
        const auto next = (*reader)->next();
        if (!next) {
            back.error = next.error();
            return back;
        }
        if (!*next) return back;
        back.frames.emplace_back((*next)->begin(), (*next)->end());
    }
}

inline bool begins_with(const FrameList& all, const FrameList& first) {
    return first.size() <= all.size() && std::equal(first.begin(), first.end(), all.begin());
}

class RecordingTest : public testing::Test {
protected:
    RecordingTest() {
        std::string pattern = testing::TempDir() + "recordingXXXXXX";
        directory_ = mkdtemp(pattern.data());
        path_ = directory_ + "/recording";
    }
    ~RecordingTest() override { std::filesystem::remove_all(directory_); }

    const std::string& path() const { return path_; }

    std::unique_ptr<Writer> create() const {
        auto writer = Writer::create(path_, EarlierContent::kOverwrite);
        EXPECT_TRUE(writer) << writer.error().why;
        return std::move(*writer);
    }

    std::string bytes() const {
        std::ifstream file(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void replace(const std::string& bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }

private:
    std::string directory_;
    std::string path_;
};

} // namespace tcpblame::record
