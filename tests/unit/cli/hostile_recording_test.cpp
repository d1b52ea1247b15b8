// A recording whose every name was chosen to hurt who reads it: nothing of that reaches the terminal as it is.
#include "cli/commands/commands.hpp"
#include "model/recorded.hpp"
#include "record/writer.hpp"
#include "render/escape.hpp"
#include "wire/run_frames.hpp"
#include "wire/samples.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

namespace tcpblame::cli {
namespace {

using namespace wire::samples;

constexpr std::uint64_t kStart = 1'000'000'000;
constexpr std::uint64_t kPipe = 77;
constexpr std::uint64_t kAddress = 0x1000;

/// Colours, a new title, a line feed, a C1 control, the text turned around, bytes that are no UTF-8, and no end.
std::string hostile(const std::string& what) {
    return what + "\x1b[31m\x1b]0;owned\x07\n\r\xC2\x9B" + "2J\xE2\x80\xAE\xFF\xC0" + std::string(5'000, 'x');
}

/// Fifteen bytes are all that a process's name has.
wire_task a_hostile_task() {
    wire_task task = a_task();
    name(task.comm, "c\x1b[31m\n\xC2\x9B\xFF");
    name(task.name, "n\x1b[31m\n\xE2\x80\xAE\xFF");
    return task;
}

model::RecordedRun a_run() {
    model::RecordedRun run;
    run.start.monotonic_ns = kStart;
    run.start.watching = hostile("watching");
    run.start.version = hostile("version");
    run.host = hostile("host");
    run.kernel = hostile("kernel");
    run.hooks = {hostile("hook")};
    return run;
}

model::ProcessKnown a_process() {
    model::ProcessKnown known;
    known.time_ns = kStart;
    known.pid = a_task().pid;
    known.exe = hostile("/usr/bin/");
    known.cgroup = "/lxc.payload." + hostile("container") + "/" + hostile("unit") + ".service";
    known.argv = hostile("argument") + '\0' + hostile("quote'");
    known.container = {.name = hostile("name"),
                       .image = hostile("image"),
                       .pod = hostile("pod"),
                       .pod_namespace = hostile("namespace"),
                       .compose_project = hostile("project"),
                       .compose_service = hostile("service"),
                       .app = hostile("app")};
    known.mappings = {{kAddress - 0x100, kAddress + 0x100, 0, hostile("/lib/mapped")}};
    return known;
}

wire_holder a_holder() {
    auto wire = made<wire_holder>(WIRE_HOLDER);
    wire.header.time_ns = kStart + 1;
    wire.task = a_hostile_task();
    wire.task.pid = a_task().pid + 1;
    wire.other_inode = kPipe;
    wire.file_kind = WIRE_FILE_PIPE;
    return wire;
}

wire_sigpipe a_sigpipe() {
    auto wire = made<wire_sigpipe>(WIRE_SIGPIPE);
    wire.header.time_ns = kStart + 2;
    wire.task = a_hostile_task();
    wire.call.file_kind = WIRE_FILE_PIPE;
    wire.call.inode = kPipe;
    wire.stack.count = wire.stack.frame_count = 1;
    wire.stack.addresses[0] = kAddress;
    return wire;
}

/// Whatever was asked, it is named so.
model::NamedStack a_stack(bool with_module) {
    model::StackFrame asked;
    asked.address = kAddress;
    asked.stack_words.assign(WIRE_STACK_WORDS, 0);
    if (with_module) asked.offset = 0x100;
    model::StackFrame named;
    named.function = hostile("function");
    named.file = hostile("/src/");
    named.line = 7;
    named.module = hostile("module");
    named.build_id = hostile("build id");
    return {model::stack_key(a_task().pid, {asked}), {named}};
}

class HostileRecording : public testing::Test {
protected:
    HostileRecording() {
        std::string pattern = testing::TempDir() + "hostileXXXXXX";
        directory_ = mkdtemp(pattern.data());
        auto writer = record::Writer::create(directory_ + "/recording", record::EarlierContent::kOverwrite);
        EXPECT_TRUE(writer);
        (*writer)->put(wire::encode(a_run()));
        (*writer)->put(wire::encode(a_process()));
        (*writer)->put(bytes_of(a_holder()));
        (*writer)->put(bytes_of(a_sigpipe()));
        (*writer)->put(wire::encode(model::TimePassed{kStart * 2}));
        (*writer)->put(wire::encode(a_stack(true)));
        (*writer)->put(wire::encode(model::RecordedEnd{kStart * 2, model::RunEndReason::kDuration}));
        EXPECT_TRUE((*writer)->finish());
    }
    ~HostileRecording() override { std::filesystem::remove_all(directory_); }

    struct Printed {
        std::string output;
        std::string error;
    };

    Printed printed(ReportOptions options) const {
        options.files = {directory_ + "/recording"};
        options.output.file = directory_ + "/out";
        testing::internal::CaptureStderr();
        EXPECT_TRUE(carry_out(options));
        Printed printed;
        printed.error = testing::internal::GetCapturedStderr();
        std::ifstream file(options.output.file);
        printed.output = {std::istreambuf_iterator<char>(file), {}};
        return printed;
    }

private:
    std::string directory_;
};

/// printable() keeps a line exactly if there is nothing in it that it must change.
void expect_safe(const std::string& text) {
    EXPECT_FALSE(text.empty());
    for (std::size_t at = 0; at < text.size();) {
        const std::string line = text.substr(at, text.find('\n', at) - at);
        EXPECT_EQ(render::printable(line, render::kAnyWidth), line);
        EXPECT_LT(line.size(), 8'000U) << "a name pushes everything else off the screen";
        at += line.size() + 1;
    }
}

TEST_F(HostileRecording, IsReportedInSafeText) {
    ReportOptions options;
    options.output.verbose = true;
    const Printed text = printed(options);
    expect_safe(text.output);
    for (const char* part : {"n\\x1b[31m", "function\\x1b[31m", "/usr/bin/\\x1b[31m", "argument\\x1b[31m",
                             "pod\\x1b[31m", "name\\x1b[31m", "image\\x1b[31m"})
        EXPECT_NE(text.output.find(part), std::string::npos) << part;
}

TEST_F(HostileRecording, IsIntroducedSafely) {
    const Printed text = printed({});
    expect_safe(text.error);
    EXPECT_NE(text.error.find("recorded on host\\x1b[31m"), std::string::npos) << text.error;
}

TEST_F(HostileRecording, IsReportedInAsciiJson) {
    ReportOptions options;
    options.output.format = Format::kJsonLines;
    const Printed json = printed(options);
    for (const char byte : json.output) EXPECT_TRUE(byte == '\n' || (byte >= 0x20 && byte < 0x7F));
    std::size_t lines = 0;
    for (std::size_t at = 0; at < json.output.size(); ++lines) {
        const std::string line = json.output.substr(at, json.output.find('\n', at) - at);
        EXPECT_TRUE(nlohmann::json::accept(line)) << line.substr(0, 200);
        at += line.size() + 1;
    }
    EXPECT_EQ(lines, 3U) << "start, verdict, end";
    EXPECT_NE(json.output.find("function\\u001b[31m"), std::string::npos);
}

} // namespace
} // namespace tcpblame::cli
