#include "render/ecs.hpp"

#include "render/samples.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tcpblame::render {
namespace {

using Json = nlohmann::ordered_json;

std::string ecs_line(const model::Verdict& verdict, const model::RunStart& start = samples::run_on_web1()) {
    samples::Collected seen;
    Ecs ecs(seen.sink());
    ecs.start(start);
    seen.text.clear();
    ecs.verdict(verdict);
    return seen.text;
}

Json document_of(const model::Verdict& verdict) { return Json::parse(ecs_line(verdict)); }

TEST(Ecs, BeginsWithWhatEveryDocumentHas) {
    samples::Collected seen;
    Ecs(seen.sink()).start(samples::run_on_web1());
    EXPECT_EQ(seen.text,
              R"({"@timestamp":"2024-05-01T14:01:40.000000000Z","ecs":{"version":"9.4.0"},"log":{"level":"info"},)"
              R"~("message":"watching pid 4242 (orders-api)",)~"
              R"("agent":{"type":"tcpblame","version":"0.1.0","ephemeral_id":"0000000000000007"},)"
              R"("host":{"name":"web1","hostname":"web1","boot":{"id":"3b0c"},)"
              R"("os":{"type":"linux","kernel":"6.12.1 x86_64"}},)"
              R"("event":{"kind":"event","category":["host"],"type":["info"],"action":"watching-started",)"
              R"("module":"tcpblame","dataset":"tcpblame.run","id":"0000000000000007-start"},)"
              R"~("tcpblame":{"watching":"pid 4242 (orders-api)","open_connections":14,"version":"0.1.0",)~"
              R"("kernel":"6.12.1 x86_64"}})"
              "\n");
}

TEST(Ecs, CallsThingsByTheSchema) {
    model::Verdict verdict = samples::linger_zero();
    verdict.event = {3, 1841};
    verdict.primary = true;
    verdict.process->own_pid = 7;
    verdict.process->cgroup = "/kubepods/besteffort/pod0a1b2c3d-0000-1111-2222-333344445555/" + std::string(64, 'c');
    const Json document = document_of(verdict);
    EXPECT_EQ(document["event"]["id"], "0000000000000007-3-1841-verdict");
    EXPECT_EQ(document["event"]["action"], "write-failed");
    EXPECT_EQ(document["event"]["outcome"], "failure");
    EXPECT_EQ(document["event"]["code"], "peer-aborted");
    EXPECT_EQ(document["error"]["code"], "EPIPE");
    EXPECT_EQ(document["process"].dump(),
              R"({"pid":4242,"vpid":7,"name":"orders-api","executable":"/usr/bin/orders-api",)"
              R"("thread":{"id":4251,"name":"flusher"}})");
    EXPECT_EQ(document["container"]["id"], std::string(64, 'c'));
    EXPECT_EQ(document["orchestrator"]["resource"]["id"], "0a1b2c3d-0000-1111-2222-333344445555");
    EXPECT_EQ(document["source"].dump(), R"({"address":"127.0.0.1","ip":"127.0.0.1","port":41822,"bytes":5})");
    EXPECT_EQ(document["client"], document["source"]);
    EXPECT_EQ(document["server"]["ip"], "127.0.0.7");
    EXPECT_EQ(document["network"]["direction"], "egress");
    EXPECT_EQ(document["related"]["ip"].dump(), R"(["127.0.0.1","127.0.0.7"])");
    EXPECT_EQ(document["tcpblame"]["primary"], true);
    EXPECT_EQ(document["tcpblame"]["peer"]["process"]["name"], "server");
}

TEST(Ecs, NamesContainersAndPodsByTheSchema) {
    model::Verdict verdict = samples::in_pods();
    EXPECT_EQ(document_of(verdict)["container"].dump(),
              R"({"id":")" + std::string(64, 'c') +
                  R"(","runtime":"containerd","name":"api","image":{"name":"registry:5000/shop/api","tag":["1.2"]},)"
                  R"("labels":{"app.kubernetes.io/name":"api"}})");
    EXPECT_EQ(document_of(verdict)["orchestrator"].dump(),
              R"({"type":"kubernetes","namespace":"shop","resource":{"type":"pod",)"
              R"("id":"0a1b2c3d-0000-1111-2222-333344445555","name":"api-7c9"}})");
    EXPECT_EQ(document_of(verdict)["process"]["args"].dump(), R"(["/api","--greet","a b"])");
    verdict.process->cgroup = "/docker/" + std::string(64, 'c');
    verdict.process->names = std::make_shared<const model::ProcessNames>("", model::ContainerNames{.image = "api"});
    EXPECT_EQ(document_of(verdict)["container"]["image"].dump(), R"({"name":"api"})");
    EXPECT_FALSE(document_of(verdict).contains("orchestrator"));
}

TEST(Ecs, KnowsWhoOpenedAConnection) {
    model::Verdict verdict = samples::peer_closed();
    verdict.connection->opened_by = model::OpenedBy::kPeer;
    EXPECT_EQ(document_of(verdict)["client"]["ip"], "10.0.0.9");
    EXPECT_EQ(document_of(verdict)["network"]["direction"], "ingress");
    verdict.connection->opened_by = model::OpenedBy::kUnknown;
    EXPECT_FALSE(document_of(verdict).contains("client"));
    EXPECT_FALSE(document_of(verdict)["network"].contains("direction"));
    EXPECT_FALSE(document_of(samples::pipe()).contains("source"));
    EXPECT_EQ(document_of(samples::pipe())["network"]["transport"], "pipe");
}

TEST(Ecs, SaysHowItEnded) {
    EXPECT_EQ(document_of(samples::teardown())["event"]["action"], "connection-broken");
    EXPECT_EQ(document_of(samples::teardown())["log"]["level"], "warn");
    const Json orderly = document_of(samples::orderly());
    EXPECT_EQ(orderly["event"]["action"], "connection-ended");
    EXPECT_EQ(orderly["event"]["outcome"], "success");
    EXPECT_FALSE(orderly.contains("error"));
    EXPECT_EQ(document_of(samples::sent_by_process())["event"]["action"], "sigpipe-sent");
}

TEST(Ecs, ReportsWhatWasLostAndTheEnd) {
    std::vector<Json> documents;
    Ecs ecs([&documents](std::string_view line) { documents.push_back(Json::parse(line)); });
    ecs.start(samples::run_on_web1());
    ecs.lost({.count = 3});
    ecs.end(samples::run_end());
    ASSERT_EQ(documents.size(), 3U);
    EXPECT_EQ(documents[1]["event"]["kind"], "pipeline_error");
    EXPECT_EQ(documents[1]["tcpblame"]["count"], 3);
    EXPECT_EQ(documents[2]["event"]["action"], "watching-ended");
    EXPECT_EQ(documents[2]["tcpblame"]["causes"]["peer-aborted"]["verdicts"], 3);
}

TEST(Ecs, StaysOneLineOfPlainAsciiWhateverAProcessIsCalled) {
    const std::string text = ecs_line(samples::hostile());
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    for (const char byte : text) EXPECT_TRUE(byte == '\n' || (byte >= ' ' && byte <= '~'));
    EXPECT_EQ(document_of(samples::hostile())["process"]["name"], "\x1b[2J\"\n\u202e\u009b\ufffd\ufffd\ufffdh");
}

} // namespace
} // namespace tcpblame::render
