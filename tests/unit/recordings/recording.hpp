/// The recordings that are kept under tests/recordings, as the core sees them.
#pragma once

#include "model/recorded.hpp"
#include "reconstruct/judge.hpp"
#include "record/reader.hpp"
#include "wire/decoder.hpp"
#include "wire/run_frames.hpp"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace tcpblame::recordings {

using reconstruct::scene::Reports;

struct Recording {
    model::RecordedRun run;
    std::vector<model::Event> events;
    std::size_t not_understood = 0; ///< frames

    Reports reported() const { return reported(events); }
    Reports reported(const std::vector<model::Event>& instead) const {
        reconstruct::scene::Listener listener;
        reconstruct::Reconstruction core(run.selection, listener, {.all = run.all, .unanswered = run.unanswered});
        for (const model::Event& event : instead) core.feed(event);
        core.finish();
        return std::move(listener.reported);
    }
};

inline Recording read(const std::filesystem::path& path) {
    auto reader = record::Reader::open(path);
    if (!reader) throw std::runtime_error(reader.error().what);
    Recording recording;
    while (true) {
        const auto frame = (*reader)->next();
        if (!frame) throw std::runtime_error(frame.error().what + ": " + frame.error().why);
        if (!*frame) return recording;
        if (auto record = wire::decode_run_frame(**frame)) {
            if (auto* run = std::get_if<model::RecordedRun>(&*record)) recording.run = std::move(*run);
        } else if (auto event = wire::decode(**frame)) {
            recording.events.push_back(std::move(*event));
        } else {
            ++recording.not_understood;
        }
    }
}

/// KERNEL/STORY.rec, by name.
inline std::vector<std::string> all_recordings() {
    std::vector<std::string> names;
    const std::filesystem::path root = TCPBLAME_RECORDINGS;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
        if (entry.path().extension() == ".rec") names.push_back(relative(entry.path(), root));
    std::sort(names.begin(), names.end());
    return names;
}

/// As the name of a test: letters, digits and underscores.
inline std::string test_name(const testing::TestParamInfo<std::string>& info) {
    std::string name = info.param.substr(0, info.param.rfind('.'));
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

class OfEachRecording : public testing::TestWithParam<std::string> {
protected:
    Recording recording_ = read(std::filesystem::path(TCPBLAME_RECORDINGS) / GetParam());
};

} // namespace tcpblame::recordings
