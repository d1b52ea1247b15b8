// What each recording is reported of stays as it was when it was made: tests/recordings/KERNEL/verdicts.txt.
//
// Where a change of the core is meant to change it: TCPBLAME_UPDATE=1 build/tests/recordings_tests, and look at the
// diff.
#include "model/names.hpp"
#include "recordings/recording.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <string>

namespace tcpblame::recordings {
namespace {

std::string summary(const model::Verdict& verdict) {
    std::string text = fmt::format("{} {} {}", verdict.kind == model::VerdictKind::kTeardown ? "teardown" : "verdict",
                                   code_of(verdict.cause), code_of(verdict.confidence));
    if (verdict.write)
        text += fmt::format(", {} {}", code_of(verdict.write->file), model::errno_name(verdict.write->error));
    if (verdict.disposition != model::Disposition::kNone) text += fmt::format(" {}", code_of(verdict.disposition));
    if (verdict.process) text += fmt::format(", of {}", verdict.process->name);
    if (verdict.peer) text += fmt::format(", by {} of {}", code_of(verdict.peer->act), verdict.peer->process.name);
    return text + fmt::format(", {} moments", verdict.timeline.size());
}

class VerdictsFile {
public:
    explicit VerdictsFile(std::filesystem::path path) : path_(std::move(path)) {
        std::ifstream file(path_);
        std::string story;
        for (std::string line; std::getline(file, line);)
            if (line.empty())
                continue;
            else if (line[0] != ' ')
                stories_[story = line];
            else
                stories_[story] += line.substr(2) + "\n";
    }
    const std::string& of(const std::string& story) { return stories_[story]; }
    void update(const std::string& story, const std::string& reported) {
        stories_[story] = reported;
        std::ofstream file(path_);
        for (const auto& [name, lines] : stories_) {
            file << name << "\n";
            for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1)
                file << "  " << lines.substr(at, lines.find('\n', at) - at) << "\n";
        }
    }

private:
    std::filesystem::path path_;
    std::map<std::string, std::string> stories_;
};

class Reported : public OfEachRecording {};

TEST_P(Reported, StaysAsItWas) {
    const std::filesystem::path name = GetParam();
    std::string reported;
    for (const model::Verdict& verdict : recording_.reported().verdicts) reported += summary(verdict) + "\n";
    if (reported.empty()) reported = "nothing\n";
    VerdictsFile file(std::filesystem::path(TCPBLAME_RECORDINGS) / name.parent_path() / "verdicts.txt");
    if (std::getenv("TCPBLAME_UPDATE") != nullptr) file.update(name.stem(), reported);
    EXPECT_EQ(reported, file.of(name.stem()));
}

TEST_P(Reported, EveryFrameIsUnderstood) { EXPECT_EQ(recording_.not_understood, 0U); }

INSTANTIATE_TEST_SUITE_P(Recordings, Reported, testing::ValuesIn(all_recordings()), test_name);

} // namespace
} // namespace tcpblame::recordings
