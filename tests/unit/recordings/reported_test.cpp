// What each recording is reported of stays as it was when it was made, each claim of each verdict:
// tests/recordings/KERNEL/verdicts.txt.
//
// Where a change of the core is meant to change it: TCPBLAME_UPDATE=1 build/tests/recordings_tests, and look at the
// diff.
#include "model/names.hpp"
#include "reconstruct/rules.hpp"
#include "recordings/recording.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <string>

namespace tcpblame::recordings {
namespace {

/// Untrusted bytes, as one printable word.
std::string printable(const std::string& bytes) {
    std::string text;
    for (const char c : bytes)
        text += c > ' ' && c < '\x7f' && c != '\\' ? std::string(1, c)
                                                   : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    return text;
}

/// By name: a pid says nothing of who it was.
std::string of_process(const model::Process& process) {
    return process.pid == 0 ? "nobody" : printable(process.name.empty() ? process.comm : process.name);
}

std::string of_write(const model::Verdict& verdict) {
    const model::FailedWrite& write = *verdict.write;
    std::string text = fmt::format(", {} {} {}", write.syscall.empty() ? "unknown" : write.syscall, code_of(write.file),
                                   model::errno_name(write.error));
    if (write.bytes) text += fmt::format(" {} B", *write.bytes);
    return text;
}

std::string of_peer(const model::PeerAct& peer) {
    std::string text = fmt::format(", by {} of {}", code_of(peer.act), of_process(peer.process));
    if (peer.signal != 0) text += fmt::format(" signal {}", peer.signal);
    if (peer.exit_status != 0) text += fmt::format(" status {}", peer.exit_status);
    if (peer.linger_zero) text += " linger-zero";
    if (peer.unread != 0) text += fmt::format(" unread {}", peer.unread);
    return text;
}

std::string of_reason(const model::Reason& reason) {
    std::string text = fmt::format(", why {} {}", code_of(reason.code), code_of(reason.confidence));
    if (reason.process) text += " of " + of_process(*reason.process);
    if (reason.signal != 0) text += fmt::format(" signal {}", reason.signal);
    if (reason.exit_status != 0) text += fmt::format(" status {}", reason.exit_status);
    if (reason.bytes) text += fmt::format(" {} B", *reason.bytes);
    if (reason.queue) text += fmt::format(" queue {}/{}", reason.queue->length, reason.queue->limit);
    return text;
}

std::string of_bytes(const model::ByteCounts& bytes) {
    std::string text;
    const auto add = [&text](const char* name, const std::optional<std::uint64_t>& count) {
        if (count) text += fmt::format("{}{} {}", text.empty() ? ", " : " ", name, *count);
    };
    add("unacknowledged", bytes.unacknowledged);
    add("unread", bytes.unread);
    add("sent", bytes.sent);
    add("received", bytes.received);
    add("unread-by-peer", bytes.unread_by_peer);
    return text;
}

std::string of_timeline(const std::vector<model::TimelineEntry>& timeline) {
    std::string text;
    for (const model::TimelineEntry& entry : timeline)
        text += fmt::format("{}{}{}", text.empty() ? ", " : " ", code_of(entry.event),
                            entry.evidence == model::Confidence::kObserved ? "" : "?");
    return text;
}

/// What it claims, in codes and facts: no sentence, no time, no number that is another one in the next recording.
std::string claim(const model::Verdict& verdict) {
    std::string text = fmt::format("{} {} {}", verdict.kind == model::VerdictKind::kTeardown ? "teardown" : "verdict",
                                   code_of(verdict.cause), code_of(verdict.confidence));
    text += fmt::format(" ({})", reconstruct::rule_name(verdict));
    for (const model::Modifier modifier : verdict.modifiers) text += fmt::format(" {}", code_of(modifier));
    if (verdict.write) text += of_write(verdict);
    if (verdict.disposition != model::Disposition::kNone) text += fmt::format(" {}", code_of(verdict.disposition));
    if (verdict.process) text += ", of " + of_process(*verdict.process);
    if (verdict.peer) text += of_peer(*verdict.peer);
    if (verdict.sender) text += ", sent by " + of_process(*verdict.sender);
    if (verdict.killed_by) text += ", killed by " + of_process(*verdict.killed_by);
    for (const model::Reason& reason : verdict.why) text += of_reason(reason);
    if (verdict.timeout) text += fmt::format(", timeout {}", code_of(verdict.timeout->kind));
    const auto add = [&text](const char* name, std::string_view code) {
        if (!code.empty()) text += fmt::format(", {} {}", name, code);
    };
    add("reset", code_of(verdict.reset_origin));
    add("icmp", code_of(verdict.icmp));
    add("signal", code_of(verdict.signal_origin));
    add("opened", verdict.connection ? code_of(verdict.connection->opened_by) : "");
    add("closed first", code_of(verdict.closed_first));
    return text + of_bytes(verdict.bytes) + of_timeline(verdict.timeline);
}

/// A line each; those that many in a row say the same are one.
std::string claims(const std::vector<model::Verdict>& verdicts) {
    std::string text;
    for (std::size_t at = 0, same = 1; at < verdicts.size(); at += same) {
        const std::string line = claim(verdicts[at]);
        for (same = 1; at + same < verdicts.size() && claim(verdicts[at + same]) == line;) ++same;
        text += (same > 1 ? fmt::format("{} × ", same) : "") + line + "\n";
    }
    return text.empty() ? "nothing\n" : text;
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
    const std::string reported = claims(recording_.reported().verdicts);
    VerdictsFile file(std::filesystem::path(TCPBLAME_RECORDINGS) / name.parent_path() / "verdicts.txt");
    if (std::getenv("TCPBLAME_UPDATE") != nullptr) file.update(name.stem(), reported);
    EXPECT_EQ(reported, file.of(name.stem()));
}

TEST_P(Reported, EveryFrameIsUnderstood) { EXPECT_EQ(recording_.not_understood, 0U); }

INSTANTIATE_TEST_SUITE_P(Recordings, Reported, testing::ValuesIn(all_recordings()), test_name);

} // namespace
} // namespace tcpblame::recordings
