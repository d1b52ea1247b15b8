#include "render/ndjson.hpp"

#include "model/names.hpp"
#include "render/samples.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tcpblame::render {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const model::Verdict& verdict) {
    samples::Collected seen;
    Ndjson ndjson(seen.sink());
    ndjson.start(samples::run_start());
    seen.text.clear();
    ndjson.verdict(verdict);
    return seen.text;
}

Json parsed(const model::Verdict& verdict) { return Json::parse(line_of(verdict)); }

std::vector<std::string> members_of(const Json& object) {
    std::vector<std::string> names;
    names.reserve(object.size());
    for (const auto& item : object.items()) names.push_back(item.key());
    return names;
}

TEST(Ndjson, BeginsWithWhatIsWatched) {
    samples::Collected seen;
    Ndjson(seen.sink()).start(samples::run_start());
    EXPECT_EQ(seen.text,
              R"({"schema":1,"type":"start","time":"2024-05-01T14:01:40.000000000Z","monotonic_ns":1100000000000,)"
              R"~("watching":"pid 4242 (orders-api)","open_connections":14,"version":"0.1.0"})~"
              "\n");
}

// Its lines are made by hand: a library that reads one and writes it again is to come to the same bytes.
TEST(Ndjson, WritesEachLineAsALibraryWouldWriteIt) {
    for (const model::Verdict& verdict : samples::all()) {
        const std::string line = line_of(verdict);
        EXPECT_EQ(Json::parse(line).dump(-1, ' ', true) + '\n', line);
    }
}

TEST(Ndjson, SaysOnWhichHostItWas) {
    samples::Collected seen;
    model::RunStart start = samples::run_start();
    start.host = "web1";
    start.kernel = "6.12.1 x86_64";
    Ndjson(seen.sink()).start(start);
    EXPECT_EQ(Json::parse(seen.text)["host"], "web1");
    EXPECT_EQ(Json::parse(seen.text)["kernel"], "6.12.1 x86_64");
}

/// The members that say of which run a line is, of each line of a run.
std::vector<std::string> identities_of(const model::RunStart& start) {
    std::vector<std::string> identities;
    Ndjson ndjson([&identities](std::string_view line) {
        const Json object = Json::parse(line);
        Json members;
        for (const char* name : {"host", "boot_id", "run_id", "event_id"})
            if (object.contains(name)) members.push_back(object[name]);
        identities.push_back(members.dump());
    });
    ndjson.start(start);
    model::Verdict verdict = samples::peer_closed();
    verdict.event = {3, 1841};
    ndjson.verdict(verdict);
    verdict.kind = model::VerdictKind::kTeardown;
    verdict.recording = 1;
    ndjson.verdict(verdict);
    ndjson.lost({.count = 3, .cpu = 2, .before_monotonic_ns = samples::kMomentNs, .first = 77});
    ndjson.lost({.count = 9});
    ndjson.end(samples::run_end());
    return identities;
}

TEST(Ndjson, GivesEachLineItsRunAndANameOfItsOwn) {
    model::RunStart start = samples::run_start();
    start.host = "we\"b";
    start.boot_id = "3b0c";
    start.run_id = 0xC0FFEE;
    const std::string run = R"("we\"b","3b0c","0000000000c0ffee")";
    EXPECT_EQ(identities_of(start), (std::vector<std::string>{"[" + run + R"(,"0000000000c0ffee-start"])",
                                                              "[" + run + R"(,"0000000000c0ffee-3-1841-verdict"])",
                                                              "[" + run + R"(,"0000000000c0ffee-3-1841-teardown"])",
                                                              "[" + run + R"(,"0000000000c0ffee-2-77-lost"])",
                                                              "[" + run + R"(,"0000000000c0ffee-lost"])",
                                                              "[" + run + R"(,"0000000000c0ffee-end"])"}));
}

TEST(Ndjson, GivesEachLineTheRunOfItsRecordingWhereThereAreSeveral) {
    model::RunStart start = samples::run_start();
    start.recordings = {{.host = "web1", .run_id = 1}, {.host = "db1", .boot_id = "4d", .run_id = 2}};
    EXPECT_EQ(identities_of(start),
              (std::vector<std::string>{"null", R"(["web1","0000000000000001","0000000000000001-3-1841-verdict"])",
                                        R"(["db1","4d","0000000000000002","0000000000000002-3-1841-teardown"])",
                                        R"(["web1","0000000000000001","0000000000000001-2-77-lost"])",
                                        R"(["web1","0000000000000001","0000000000000001-lost"])", "null"}));
}

// An old recording says nothing of it, and a loss that a later file of a run repeats has no number.
TEST(Ndjson, GivesNoNameWhereNoneIsKnown) {
    const std::vector<std::string> none(6, "null");
    EXPECT_EQ(identities_of(samples::run_start()), none);
    model::RunStart start = samples::run_start();
    start.run_id = 1;
    samples::Collected seen;
    Ndjson ndjson(seen.sink());
    ndjson.start(start);
    seen.text.clear();
    ndjson.lost({.count = 3, .cpu = 2, .before_monotonic_ns = samples::kMomentNs});
    EXPECT_FALSE(Json::parse(seen.text).contains("event_id"));
    seen.text.clear();
    ndjson.verdict(samples::peer_closed());
    EXPECT_FALSE(Json::parse(seen.text).contains("event_id"));
    EXPECT_EQ(Json::parse(seen.text)["run_id"], "0000000000000001");
}

TEST(Ndjson, HasBothEndsFlatBesidesForTables) {
    const Json line = parsed(samples::linger_zero());
    EXPECT_EQ(line["local_address"], "127.0.0.1");
    EXPECT_EQ(line["local_port"], 41822);
    EXPECT_EQ(line["remote_address"], "127.0.0.7");
    EXPECT_EQ(line["remote_port"], 4777);
    const Json ipv6 = parsed(samples::unknown_with_losses());
    EXPECT_EQ(ipv6["local_address"], "abab:abab:abab:abab:abab:abab:abab:abab");
    EXPECT_EQ(ipv6["connection"]["local"], "[abab:abab:abab:abab:abab:abab:abab:abab]:65535");
    EXPECT_FALSE(parsed(samples::pipe()).contains("community_id"));
}

TEST(Ndjson, SaysWhichLineOfABreakCounts) {
    model::Verdict verdict = samples::peer_closed();
    EXPECT_FALSE(parsed(verdict).contains("primary"));
    verdict.primary = true;
    EXPECT_EQ(parsed(verdict)["primary"], true);
}

TEST(Ndjson, SaysWhatCannotBeNamedFromWhereItRuns) {
    samples::Collected seen;
    model::RunStart start = samples::run_start();
    start.limits = {model::RunLimit::kPidNamespace};
    Ndjson(seen.sink()).start(start);
    EXPECT_EQ(Json::parse(seen.text)["limits"].dump(), R"(["pid-namespace"])");
}

TEST(Ndjson, ReportsAPeerWithoutAPidByItsName) {
    model::Verdict verdict = samples::linger_zero();
    verdict.peer->process.pid = 0;
    verdict.peer->process.tid = 0;
    verdict.peer->process.name = "server";
    const Json process = parsed(verdict)["peer"]["process"];
    EXPECT_EQ(process["name"], "server");
    EXPECT_FALSE(process.contains("pid"));
}

TEST(Ndjson, SaysOfWhichRecordingsItTells) {
    samples::Collected seen;
    model::RunStart start = samples::run_start();
    start.recordings = {{"web1", "6.12.1 x86_64", "port 80", start.monotonic_ns + 1}, {"db1", "", "", 0}};
    Ndjson(seen.sink()).start(start);
    EXPECT_EQ(Json::parse(seen.text)["recordings"].dump(),
              R"([{"time":"2024-05-01T14:01:40.000000001Z","host":"web1","kernel":"6.12.1 x86_64",)"
              R"("watching":"port 80"},{"time":"2024-05-01T13:43:20.000000000Z","host":"db1"}])");
}

TEST(Ndjson, KeepsTheNamesAndTheOrderOfTheContract) {
    const Json line = parsed(samples::linger_zero());
    EXPECT_EQ(members_of(line),
              (std::vector<std::string>{"schema",         "type",        "time",         "monotonic_ns",  "cause",
                                        "confidence",     "modifiers",   "summary",      "advice",        "process",
                                        "write",          "signal",      "connection",   "local_address", "local_port",
                                        "remote_address", "remote_port", "community_id", "bytes",         "peer",
                                        "timeline",       "evidence",    "lost_events"}));
    EXPECT_EQ(line["time"], "2024-05-01T14:02:11.532000001Z");
    EXPECT_EQ(line["modifiers"].dump(), R"(["error-already-taken"])");
    EXPECT_EQ(line["write"].dump(), R"({"syscall":"sendto","fd":9,"bytes":1048576,"error":"EPIPE","file":"tcp"})");
    EXPECT_EQ(line["signal"].dump(), R"({"name":"SIGPIPE","disposition":"suppressed"})");
    EXPECT_EQ(line["connection"].dump(), R"({"id":"1a2b","family":"ipv4","local":"127.0.0.1:41822",)"
                                         R"("remote":"127.0.0.7:4777","netns":4026531840,"opened_by":"us"})");
    EXPECT_EQ(line["bytes"].dump(), R"({"unacknowledged":0,"unread":0,"sent":5,"received":0})");
    EXPECT_EQ(line["evidence"].dump(), R"(["3:1841","1:207"])");
    EXPECT_EQ(line["timeline"][1].dump(),
              R"({"at_ns":-3210,"event":"error-taken","state":"CLOSE",)"
              R"("error":"ECONNRESET","evidence":"observed","note":"by write in thread 4250"})");
}

TEST(Ndjson, ReportsOfThePeerOnlyWhatItsActHas) {
    model::Verdict verdict = samples::linger_zero();
    verdict.peer->stack.clear();
    verdict.peer->process = samples::process(77, 0, "", "server");
    EXPECT_EQ(parsed(verdict)["peer"].dump(),
              R"({"process":{"pid":77,"name":"server"},"act":"close","at_ns":-101200,"linger_zero":true,"unread":5})");
    verdict.peer->linger_zero = false;
    verdict.peer->unread = 0;
    verdict.peer->signal = 9;
    verdict.peer->act = model::Act::kKilled;
    EXPECT_EQ(parsed(verdict)["peer"]["signal"], "SIGKILL");
    verdict.peer->act = model::Act::kExit;
    EXPECT_EQ(parsed(verdict)["peer"].dump(),
              R"({"process":{"pid":77,"name":"server"},"act":"exit","at_ns":-101200,"exit_status":0})");
}

TEST(Ndjson, SaysWhichHostHasWhatWhereSeveralWereRecorded) {
    const Json line = parsed(samples::joined());
    EXPECT_EQ(line["peer"]["process"]["host"], "db1");
    EXPECT_EQ(line["joined"].dump(), R"({"host":"db1","id":"3c4d","evidence":["0:12","5:9"]})");
    EXPECT_EQ(line["evidence"].dump(), R"(["3:1841","1:207"])");
}

TEST(Ndjson, LeavesOutWhatIsNotKnown) {
    model::Verdict verdict;
    verdict.monotonic_ns = samples::kMomentNs;
    EXPECT_EQ(
        line_of(verdict),
        R"({"schema":1,"type":"verdict","time":"2024-05-01T14:02:11.532000001Z","monotonic_ns":1131532000001,)"
        R"("cause":"unknown","confidence":"unknown","modifiers":[],)"
        R"("summary":"nothing was seen of this connection's end: it ended before tcpblame attached, or while the )"
        R"(filters did not know whose it is",)"
        R"("advice":"attach before the connection ends: tcpblame reports only what it has seen",)"
        R"("timeline":[],"evidence":[],"lost_events":0})"
        "\n");
}

TEST(Ndjson, ReportsOfAFrameWhatIsKnown) {
    model::Verdict verdict = samples::pipe();
    verdict.stack = {samples::frame("seq", 0), samples::bare_frame(0x55d0), model::StackFrame{}};
    verdict.stack.back().build_id = "c0ffee";
    verdict.stack.back().offset = 0x41;
    EXPECT_EQ(parsed(verdict)["stack"].dump(),
              R"([{"offset":0,"module":"seq","address":"0x7f0000000000"},{"address":"0x55d0"},)"
              R"({"offset":65,"build_id":"c0ffee"}])");
}

TEST(Ndjson, CountsAFramesOffsetFromTheFunctionWhereThatIsKnown) {
    model::Verdict verdict = samples::pipe();
    verdict.stack = {samples::resolved("flush_orders", 65, "orders.c", 120), samples::resolved("main", 0x88, "", 7)};
    verdict.stack.front().build_id = "c0ffee";
    EXPECT_EQ(parsed(verdict)["stack"].dump(),
              R"([{"function":"flush_orders","offset":65,"module":"orders-api","file":"orders.c","line":120,)"
              R"("address":"0x7f0000001a41","build_id":"c0ffee"},)"
              R"({"function":"main","offset":136,"module":"orders-api","address":"0x7f0000001a41"}])");
}

TEST(Ndjson, ReportsWhereAProcessRuns) {
    model::Verdict verdict = samples::killed_by_admin();
    verdict.process->fd = 0;
    const std::string id(64, 'a');
    EXPECT_EQ(parsed(verdict)["process"].dump(),
              R"({"pid":4242,"comm":"flusher","name":"orders-api","exe":"/usr/bin/orders-api","cgroup":"/docker/)" +
                  id + R"(","container":{"id":")" + id + R"(","runtime":"docker"},"own_pid":7,"fd":0})");
    verdict.process->cgroup = "/kubepods/besteffort/pod1/" + id;
    EXPECT_EQ(parsed(verdict)["process"]["container"].dump(), R"({"id":")" + id + R"("})");
    EXPECT_EQ(parsed(samples::pipe())["process"].dump(), R"({"pid":900,"tid":900,"comm":"seq","name":"seq"})");
    EXPECT_EQ(parsed(samples::peer_closed())["process"]["unit"], "orders.service");
}

TEST(Ndjson, ReportsWhatAContainerIsCalled) {
    const auto process = parsed(samples::in_pods())["process"];
    EXPECT_EQ(process["argv"].dump(), R"(["/api","--greet","a b"])");
    EXPECT_EQ(process["container"].dump(),
              R"({"id":")" + std::string(64, 'c') +
                  R"(","runtime":"containerd","name":"api","image":"registry:5000/shop/api:1.2",)"
                  R"("labels":{"app.kubernetes.io/name":"api"}})");
    EXPECT_EQ(process["pod"].dump(), R"({"namespace":"shop","name":"api-7c9"})");
    EXPECT_EQ(parsed(samples::in_pods())["peer"]["process"]["pod"]["name"], "cart-5d8");
}

TEST(Ndjson, ReportsWhoSentASignalAndOfNoWrite) {
    model::Verdict verdict = samples::sent_by_process();
    verdict.write = samples::pipe().write;
    const Json line = parsed(verdict);
    EXPECT_FALSE(line.contains("write"));
    EXPECT_EQ(line["cause"], "sent-by-process");
    EXPECT_EQ(line["signal"].dump(), R"({"name":"SIGPIPE","disposition":"killed",)"
                                     R"("sender":{"pid":99,"tid":99,"comm":"kill","name":"kill"}})");
}

TEST(Ndjson, ReportsWhichTimerGaveUp) {
    model::Verdict verdict = samples::timed_out();
    EXPECT_EQ(parsed(verdict)["timeout"].dump(),
              R"({"kind":"user-timeout","retransmits":4,"probes":0,"user_timeout_ms":1500,"silent_ms":1600})");
    verdict.timeout = model::Timeout{model::TimeoutKind::kKeepalive, 0, 9, 0, 0};
    EXPECT_EQ(parsed(verdict)["timeout"].dump(), R"({"kind":"keepalive","retransmits":0,"probes":9,"silent_ms":0})");
}

TEST(Ndjson, ReportsWhoAbortedTheSocket) {
    EXPECT_EQ(parsed(samples::killed_by_admin())["killed_by"].dump(), R"({"pid":99,"tid":99,"comm":"ss","name":"ss"})");
}

TEST(Ndjson, ReportsHowAnOrderlyEndWent) {
    const Json line = parsed(samples::orderly());
    EXPECT_EQ(line["type"], "teardown");
    EXPECT_EQ(line["closed_first"], "peer");
    EXPECT_EQ(line["states"].dump(), R"([{"state":"ESTABLISHED","ns":2104000000},{"state":"CLOSE_WAIT","ns":5200000},)"
                                     R"({"state":"LAST_ACK","ns":210000}])");
}

TEST(Ndjson, NamesNoProcessForWhatTheKernelDid) {
    EXPECT_EQ(parsed(samples::accept_queue_overflow())["peer"].dump(),
              R"({"act":"accept-queue-overflow","at_ns":-101200})");
}

TEST(Ndjson, GivesATeardownNoWriteAndNoSignal) {
    model::Verdict verdict = samples::peer_closed();
    verdict.kind = model::VerdictKind::kTeardown;
    const Json line = parsed(verdict);
    EXPECT_EQ(line["type"], "teardown");
    EXPECT_FALSE(line.contains("write"));
    EXPECT_FALSE(line.contains("signal"));
}

TEST(Ndjson, StaysOneLineOfPlainAsciiWhateverAProcessIsCalled) {
    const std::string text = line_of(samples::hostile());
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    for (const char byte : text) EXPECT_TRUE(byte == '\n' || (byte >= ' ' && byte <= '~'));
    EXPECT_EQ(Json::parse(text)["process"]["name"], "\x1b[2J\"\n\u202e\u009b\ufffd\ufffd\ufffdh");
}

TEST(Ndjson, ReportsWhatWasLostAndBetweenWhen) {
    samples::Collected seen;
    Ndjson ndjson(seen.sink());
    ndjson.start(samples::run_start());
    seen.text.clear();
    ndjson.lost({3, 2, samples::kMomentNs - 10, samples::kMomentNs});
    ndjson.lost({1, std::nullopt, 0, 0});
    EXPECT_EQ(seen.text,
              R"({"schema":1,"type":"lost","time":"2024-05-01T14:02:11.532000001Z","monotonic_ns":1131532000001,)"
              R"("count":3,"cpu":2,"after_monotonic_ns":1131531999991,"before_monotonic_ns":1131532000001})"
              "\n"
              R"({"schema":1,"type":"lost","time":"2024-05-01T14:02:11.532000001Z","monotonic_ns":1131532000001,)"
              R"("count":1})"
              "\n");
}

TEST(Ndjson, EndsWithTheCausesThatOccurred) {
    samples::Collected seen;
    Ndjson ndjson(seen.sink());
    ndjson.start(samples::run_start());
    seen.text.clear();
    ndjson.end(samples::run_end());
    EXPECT_EQ(seen.text,
              R"({"schema":1,"type":"end","time":"2024-05-01T14:02:42.040000000Z","monotonic_ns":1162040000000,)"
              R"("reason":"interrupted","verdicts":4,"teardowns":1,"lost_events":0,"causes":{)"
              R"("peer-closed":{"verdicts":1,"teardowns":1},"peer-aborted":{"verdicts":3,"teardowns":0}}})"
              "\n");
}

TEST(Ndjson, EndsWithWhoClosedAfterTheSameTime) {
    model::RunEnd end = samples::run_end();
    end.idle_closers = {{"redis-server", 40, 37, 300'000'000'000, 302'100'000'000}};
    samples::Collected seen;
    Ndjson ndjson(seen.sink());
    ndjson.end(end);
    const Json expected = {{"closer", "redis-server"},
                           {"closed", 40},
                           {"idle", 37},
                           {"shortest_ns", 300'000'000'000},
                           {"longest_ns", 302'100'000'000}};
    EXPECT_EQ(Json::parse(seen.text)["idle_closers"], Json::array({expected}));
}

TEST(Ndjson, ReportsEachMomentByTheTimeOfDayThatItHad) {
    samples::Collected seen;
    Ndjson ndjson(seen.sink());
    ndjson.start(samples::run_start());
    ndjson.clock_set({samples::kMomentNs + 1, samples::kBootedAtNs + 3'600'000'000'000});
    for (const std::uint64_t later : {0U, 1U}) {
        seen.text.clear();
        model::Verdict verdict = samples::peer_closed();
        verdict.monotonic_ns += later;
        ndjson.verdict(verdict);
        const Json line = Json::parse(seen.text);
        EXPECT_EQ(line["time"], later == 0 ? "2024-05-01T14:02:11.532000001Z" : "2024-05-01T15:02:11.532000002Z");
        EXPECT_EQ(line["monotonic_ns"], verdict.monotonic_ns);
    }
}

TEST(Ndjson, SurvivesMomentsThatNoClockShows) {
    samples::Collected seen;
    Ndjson ndjson(seen.sink());
    model::RunStart start;
    start.monotonic_ns = UINT64_MAX;
    start.realtime_offset_ns = INT64_MIN;
    ndjson.start(start);
    EXPECT_EQ(Json::parse(seen.text)["monotonic_ns"], UINT64_MAX);
}

TEST(Names, AreThoseOfTheManual) {
    EXPECT_EQ(model::errno_name(32), "EPIPE");
    EXPECT_EQ(model::errno_name(104), "ECONNRESET");
    EXPECT_EQ(model::signal_name(9), "SIGKILL");
    EXPECT_EQ(model::signal_name(13), "SIGPIPE");
}

TEST(Names, FallBackToTheNumber) {
    EXPECT_EQ(model::errno_name(1234), "errno 1234");
    EXPECT_EQ(model::errno_name(0), "errno 0");
    EXPECT_EQ(model::signal_name(40), "signal 40");
    EXPECT_EQ(model::signal_name(0), "signal 0");
}

} // namespace
} // namespace tcpblame::render
