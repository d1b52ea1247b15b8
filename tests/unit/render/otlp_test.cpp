#include "render/otlp.hpp"

#include "render/samples.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tcpblame::render {
namespace {

using Json = nlohmann::ordered_json;

std::string otlp_line(const model::Verdict& verdict, const model::RunStart& start = samples::run_on_web1()) {
    samples::Collected seen;
    Otlp otlp(seen.sink());
    otlp.start(start);
    seen.text.clear();
    otlp.verdict(verdict);
    return seen.text;
}

Json log_record_of(const std::string& line) {
    return Json::parse(line)["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
}

/// By their names, without the word for their kind.
Json by_name(const Json& attributes) {
    Json values = Json::object();
    for (const Json& attribute : attributes) {
        EXPECT_FALSE(values.contains(attribute["key"].get<std::string>())) << attribute;
        values[attribute["key"].get<std::string>()] = attribute["value"].begin().value();
    }
    return values;
}

Json attributes_of(const model::Verdict& verdict) { return by_name(log_record_of(otlp_line(verdict))["attributes"]); }

TEST(Otlp, IsOneWholeRequestALine) {
    model::Verdict verdict = samples::sent_by_process();
    verdict.process.reset();
    verdict.sender.reset();
    verdict.event = {3, 1841};
    EXPECT_EQ(
        otlp_line(verdict),
        R"({"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"tcpblame"}},)"
        R"({"key":"service.version","value":{"stringValue":"0.1.0"}},)"
        R"({"key":"service.instance.id","value":{"stringValue":"0000000000000007"}},)"
        R"({"key":"host.name","value":{"stringValue":"web1"}},{"key":"os.type","value":{"stringValue":"linux"}},)"
        R"({"key":"os.version","value":{"stringValue":"6.12.1 x86_64"}},)"
        R"({"key":"tcpblame.boot_id","value":{"stringValue":"3b0c"}},)"
        R"({"key":"tcpblame.run_id","value":{"stringValue":"0000000000000007"}}]},)"
        R"("scopeLogs":[{"scope":{"name":"tcpblame","version":"0.1.0"},"logRecords":[{)"
        R"("timeUnixNano":"1714572131532000001","observedTimeUnixNano":"1714572131532000001",)"
        R"("severityNumber":17,"severityText":"ERROR","body":{"stringValue":"a process sent this SIGPIPE; which one is not known; no write failed"},"attributes":[)"
        R"({"key":"log.record.uid","value":{"stringValue":"0000000000000007-3-1841-verdict"}},)"
        R"({"key":"error.type","value":{"stringValue":"sent-by-process"}},)"
        R"({"key":"tcpblame.monotonic_ns","value":{"intValue":"1131532000001"}},)"
        R"({"key":"tcpblame.cause","value":{"stringValue":"sent-by-process"}},)"
        R"({"key":"tcpblame.confidence","value":{"stringValue":"observed"}},)"
        R"({"key":"tcpblame.modifiers","value":{"arrayValue":{"values":[]}}},)"
        R"({"key":"tcpblame.advice","value":{"stringValue":"ask why it was sent: no write was broken"}},)"
        R"({"key":"tcpblame.signal.name","value":{"stringValue":"SIGPIPE"}},)"
        R"({"key":"tcpblame.signal.disposition","value":{"stringValue":"killed"}},)"
        R"({"key":"tcpblame.timeline","value":{"arrayValue":{"values":[]}}},)"
        R"({"key":"tcpblame.evidence","value":{"arrayValue":{"values":[{"stringValue":"3:1841"},)"
        R"({"stringValue":"1:207"}]}}},{"key":"tcpblame.lost_events","value":{"intValue":"0"}}],)"
        R"("eventName":"tcpblame.verdict"}]}]}]})"
        "\n");
}

TEST(Otlp, CallsThingsByTheSemanticConventions) {
    model::Verdict verdict = samples::linger_zero();
    verdict.process->own_pid = 7;
    verdict.process->cgroup = "/kubepods.slice/kubepods-pod0a1b2c3d_0000_1111_2222_333344445555.slice/cri-containerd-" +
                              std::string(64, 'c') + ".scope";
    const Json attributes = attributes_of(verdict);
    EXPECT_EQ(attributes["error.type"], "EPIPE");
    EXPECT_EQ(attributes["process.pid"], "4242");
    EXPECT_EQ(attributes["process.vpid"], "7");
    EXPECT_EQ(attributes["process.executable.name"], "orders-api");
    EXPECT_EQ(attributes["process.executable.path"], "/usr/bin/orders-api");
    EXPECT_EQ(attributes["thread.id"], "4251");
    EXPECT_EQ(attributes["thread.name"], "flusher");
    EXPECT_EQ(attributes["container.id"], std::string(64, 'c'));
    EXPECT_EQ(attributes["container.runtime.name"], "containerd");
    EXPECT_EQ(attributes["k8s.pod.uid"], "0a1b2c3d-0000-1111-2222-333344445555");
    EXPECT_EQ(attributes["network.transport"], "tcp");
    EXPECT_EQ(attributes["network.type"], "ipv4");
    EXPECT_EQ(attributes["network.local.address"], "127.0.0.1");
    EXPECT_EQ(attributes["network.local.port"], "41822");
    EXPECT_EQ(attributes["network.peer.address"], "127.0.0.7");
    EXPECT_EQ(attributes["network.peer.port"], "4777");
    EXPECT_EQ(attributes_of(samples::pipe())["network.transport"], "pipe");
}

TEST(Otlp, NamesContainersAndPodsByTheSemanticConventions) {
    model::Verdict verdict = samples::in_pods();
    Json attributes = attributes_of(verdict);
    EXPECT_EQ(attributes["container.name"], "api");
    EXPECT_EQ(attributes["container.image.name"], "registry:5000/shop/api");
    EXPECT_EQ(attributes["container.image.tags"].dump(), R"({"values":[{"stringValue":"1.2"}]})");
    EXPECT_EQ(attributes["container.label.app.kubernetes.io/name"], "api");
    EXPECT_EQ(attributes["k8s.namespace.name"], "shop");
    EXPECT_EQ(attributes["k8s.pod.name"], "api-7c9");
    EXPECT_EQ(attributes["k8s.pod.uid"], "0a1b2c3d-0000-1111-2222-333344445555");
    EXPECT_EQ(attributes["k8s.container.name"], "api");
    EXPECT_EQ(attributes["process.command_args"].dump(),
              R"({"values":[{"stringValue":"/api"},{"stringValue":"--greet"},{"stringValue":"a b"}]})");
    EXPECT_EQ(attributes["tcpblame.peer.process.pod.name"], "cart-5d8");
    EXPECT_EQ(attributes["tcpblame.peer.process.container.labels.app.kubernetes.io/name"], "cart");
    verdict.process->names = std::make_shared<const model::ProcessNames>(
        "", model::ContainerNames{
                .name = "shop-api-1", .image = "sha256:" + std::string(64, '0'), .compose_service = "api"});
    attributes = attributes_of(verdict);
    EXPECT_EQ(attributes["container.name"], "shop-api-1");
    EXPECT_EQ(attributes["container.image.id"], "sha256:" + std::string(64, '0'));
    EXPECT_EQ(attributes["container.label.com.docker.compose.service"], "api");
    for (const char* none : {"container.image.name", "container.image.tags", "k8s.container.name", "k8s.pod.name"})
        EXPECT_FALSE(attributes.contains(none)) << none;
}

TEST(Otlp, HasAnObjectsMembersAsAttributesAndAListsElementsAsLists) {
    const Json attributes = attributes_of(samples::linger_zero());
    EXPECT_EQ(attributes["tcpblame.peer.process.name"], "server");
    EXPECT_EQ(attributes["tcpblame.peer.linger_zero"], true);
    EXPECT_EQ(attributes["tcpblame.connection.netns"], "4026531840");
    EXPECT_EQ(attributes["tcpblame.modifiers"].dump(), R"({"values":[{"stringValue":"error-already-taken"}]})");
    const Json row = attributes["tcpblame.timeline"]["values"][1]["kvlistValue"]["values"];
    EXPECT_EQ(by_name(row).dump(), R"({"at_ns":"-3210","event":"error-taken","state":"CLOSE","error":"ECONNRESET",)"
                                   R"("evidence":"observed","note":"by write in thread 4250"})");
}

TEST(Otlp, HasNoEmptyObjectInAList) {
    model::Verdict verdict = samples::peer_closed();
    model::Reason reason;
    reason.process = model::Process{};
    verdict.why = {reason, reason};
    verdict.why.back().process = samples::process(77, 0, "", "server");
    const Json why = attributes_of(verdict)["tcpblame.why"]["values"];
    EXPECT_FALSE(by_name(why[0]["kvlistValue"]["values"]).contains("process"));
    EXPECT_EQ(by_name(by_name(why[1]["kvlistValue"]["values"])["process"]["values"]).dump(),
              R"({"pid":"77","name":"server"})");
}

TEST(Otlp, HasNoNumberThatHasNoRoomInSixtyThreeBits) {
    EXPECT_EQ(attributes_of(samples::hostile())["tcpblame.write.bytes"], std::to_string(INT64_MAX));
    model::RunStart start = samples::run_on_web1();
    start.realtime_offset_ns = INT64_MIN;
    EXPECT_EQ(log_record_of(otlp_line(samples::pipe(), start))["timeUnixNano"], "0") << "there is none before 1970";
}

TEST(Otlp, StaysOneLineOfPlainAsciiWhateverAProcessIsCalled) {
    const std::string text = otlp_line(samples::hostile());
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    for (const char byte : text) EXPECT_TRUE(byte == '\n' || (byte >= ' ' && byte <= '~'));
    EXPECT_EQ(attributes_of(samples::hostile())["process.executable.name"],
              "\x1b[2J\"\n\u202e\u009b\ufffd\ufffd\ufffdh");
}

TEST(Otlp, SaysHowSevereItIs) {
    const auto severity_of = [](const model::Verdict& verdict) {
        return log_record_of(otlp_line(verdict))["severityText"];
    };
    EXPECT_EQ(severity_of(samples::peer_closed()), "ERROR");
    EXPECT_EQ(severity_of(samples::teardown()), "WARN");
    EXPECT_EQ(severity_of(samples::orderly()), "INFO");
    EXPECT_EQ(attributes_of(samples::teardown())["error.type"], "peer-closed");
    EXPECT_FALSE(attributes_of(samples::orderly()).contains("error.type"));
}

TEST(Otlp, ReportsTheRunAndWhatWasLost) {
    std::vector<Json> records;
    Otlp otlp([&records](std::string_view line) { records.push_back(log_record_of(std::string(line))); });
    otlp.start(samples::run_on_web1());
    otlp.lost({.count = 3, .cpu = 2, .before_monotonic_ns = samples::kMomentNs, .first = 5});
    otlp.end(samples::run_end());
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0]["body"]["stringValue"], "watching pid 4242 (orders-api)");
    EXPECT_EQ(records[1]["eventName"], "tcpblame.lost");
    EXPECT_EQ(records[1]["timeUnixNano"], "1714572131532000001");
    EXPECT_EQ(by_name(records[1]["attributes"])["log.record.uid"], "0000000000000007-2-5-lost");
    EXPECT_EQ(records[1]["body"]["stringValue"], "3 events lost: something may have broken that is not reported here");
    EXPECT_EQ(by_name(records[2]["attributes"])["tcpblame.causes.peer-aborted.verdicts"], "3");
    EXPECT_EQ(records[2]["body"]["stringValue"], "4 failed writes, 1 other break");
}

TEST(Otlp, NamesTheHostOfEachRecordingWhereThereAreSeveral) {
    model::RunStart start = samples::run_start();
    start.recordings = {{.host = "web1", .run_id = 1}, {.host = "db1", .run_id = 2}};
    model::Verdict verdict = samples::peer_closed();
    verdict.recording = 1;
    const Json resource = Json::parse(otlp_line(verdict, start))["resourceLogs"][0]["resource"];
    EXPECT_EQ(by_name(resource["attributes"])["host.name"], "db1");
    EXPECT_EQ(by_name(resource["attributes"])["tcpblame.run_id"], "0000000000000002");
}

} // namespace
} // namespace tcpblame::render
