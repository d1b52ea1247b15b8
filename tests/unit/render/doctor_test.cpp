#include "render/doctor.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace tcpblame::render {
namespace {

using testing::HasSubstr;
using testing::Not;

model::DoctorReport report() {
    model::DoctorReport report;
    report.version = "0.1.0";
    report.kernel = "6.1.0 x86_64";
    report.btf = "/sys/kernel/btf/vmlinux";
    report.hooks.push_back({.role = "write-failure",
                            .kind = "tracepoint",
                            .attach_point = "tp_btf/sock_send_length",
                            .costs = "a program runs for every send",
                            .loses = {},
                            .refused = {{"fexit", "this kernel permits no trampoline"}}});
    report.hooks.push_back({.role = "error-reported",
                            .kind = {},
                            .attach_point = {},
                            .costs = {},
                            .loses = "errors that left the connection open",
                            .refused = {{"tracepoint", "this kernel has none"}}});
    report.sends_pay = true;
    return report;
}

TEST(Doctor, SaysWhatPlaysARoleAndWhyNotABetterOne) {
    const std::string text = doctor_text(report());
    EXPECT_THAT(text, HasSubstr("write-failure            tp_btf/sock_send_length\n"));
    EXPECT_THAT(text, HasSubstr("not fexit: this kernel permits no trampoline\n"));
    EXPECT_THAT(text, HasSubstr("costs: a program runs for every send\n"));
    EXPECT_THAT(text, HasSubstr("a send that succeeds     runs a program of ours\n"));
}

TEST(Doctor, SaysThatNothingPlaysARoleAndWhatIsLost) {
    const std::string text = doctor_text(report());
    EXPECT_THAT(text, HasSubstr("error-reported           nothing\n"));
    EXPECT_THAT(text, HasSubstr("does not show: errors that left the connection open\n"));
}

TEST(Doctor, SaysWhatTheMachineOffers) {
    const std::string text = doctor_text(report());
    EXPECT_THAT(text, HasSubstr("btf                      /sys/kernel/btf/vmlinux\n"));
    EXPECT_THAT(text, HasSubstr("capabilities             all that are of use\n"));
}

TEST(Doctor, NamesTheCapabilitiesThatAreMissing) {
    model::DoctorReport poor = report();
    poor.missing_capabilities = {{"CAP_SYS_PTRACE", "other users' programs"}, {"CAP_BPF", "loading"}};
    EXPECT_THAT(doctor_text(poor), HasSubstr("capabilities             not CAP_SYS_PTRACE: other users' programs\n"
                                             "                         not CAP_BPF: loading\n"));
    EXPECT_EQ(nlohmann::json::parse(doctor_json(poor))["missing_capabilities"][1]["name"], "CAP_BPF");
}

TEST(Doctor, SaysWhyNothingIsAttached) {
    model::DoctorReport bare;
    bare.kernel = "4.19.0 x86_64";
    bare.cannot_attach = "this kernel has no BTF";
    const std::string text = doctor_text(bare);
    EXPECT_THAT(text, HasSubstr("btf                      none\n"));
    EXPECT_THAT(text, HasSubstr("nothing is attached      this kernel has no BTF\n"));
    EXPECT_THAT(text, Not(HasSubstr("a send that succeeds")));
    const auto object = nlohmann::json::parse(doctor_json(bare));
    EXPECT_EQ(object["cannot_attach"], "this kernel has no BTF");
    EXPECT_FALSE(object.contains("sends_pay"));
}

TEST(Doctor, SaysThatSendsAreFree) {
    model::DoctorReport free = report();
    free.sends_pay = false;
    EXPECT_THAT(doctor_text(free), HasSubstr("runs nothing of ours\n"));
}

TEST(Doctor, LetsNoControlCharacterThrough) {
    model::DoctorReport hostile = report();
    hostile.hooks[0].refused[0].why = "\033[31m";
    hostile.lockdown = "\033[32m";
    hostile.kernel = "6.1 \xC2\x9B\xE2\x80\xAE"; // a C1 control, and what turns the text around: valid UTF-8
    EXPECT_THAT(doctor_text(hostile), Not(HasSubstr("\033")));
    EXPECT_THAT(doctor_text(hostile), Not(HasSubstr("\xC2\x9B")));
    const std::string json = doctor_json(hostile);
    EXPECT_TRUE(std::all_of(json.begin(), json.end(), [](char byte) { return static_cast<signed char>(byte) > 0; }))
        << json;
}

TEST(Doctor, IsOneLineOfJson) {
    const std::string line = doctor_json(report());
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["type"], "doctor");
    EXPECT_EQ(json["sends_pay"], true);
    EXPECT_FALSE(json.contains("lockdown")) << "it is not known";
    ASSERT_EQ(json["hooks"].size(), 2U);
    EXPECT_EQ(json["hooks"][0]["program"], "tracepoint");
    EXPECT_EQ(json["hooks"][0]["refused"][0]["program"], "fexit");
    EXPECT_FALSE(json["hooks"][1].contains("program"));
    EXPECT_EQ(json["hooks"][1]["does_not_show"], "errors that left the connection open");
}

} // namespace
} // namespace tcpblame::render
