// That a trace keeps the rules of its format is the matter of tests/cli/check_trace.py.
#include "render/perfetto.hpp"

#include "render/samples.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tcpblame::render {
namespace {

using Json = nlohmann::ordered_json;

Json trace_of(const std::vector<model::Verdict>& verdicts) {
    samples::Collected seen;
    Perfetto trace(seen.sink());
    trace.start(samples::run_start());
    for (const model::Verdict& verdict : verdicts) trace.verdict(verdict);
    trace.end(samples::run_end());
    return Json::parse(seen.text);
}

/// The events of a phase, each as "track: name at TS" with TS in microseconds since the sample's moment.
std::vector<std::string> events_of(const Json& trace, const std::string& phase) {
    std::map<std::pair<Json, Json>, std::string> names;
    for (const Json& event : trace["traceEvents"])
        if (event["name"] == "thread_name") names[{event["pid"], event["tid"]}] = event["args"]["name"];
    std::vector<std::string> events;
    for (const Json& event : trace["traceEvents"])
        if (event["ph"] == phase)
            events.push_back(names[{event["pid"], event["tid"]}] + ": " + event["name"].get<std::string>());
    return events;
}

TEST(Perfetto, OfNothingIsATraceOfNothing) {
    const Json trace = trace_of({});
    EXPECT_EQ(trace["traceEvents"], Json::array());
    EXPECT_EQ(trace["displayTimeUnit"], "ns");
    EXPECT_EQ(trace["otherData"]["zero"], "2024-05-01T14:01:40.000000000Z");
}

TEST(Perfetto, HasATrackForTheConnectionAndOneForTheThread) {
    const Json trace = trace_of({samples::peer_closed()});
    EXPECT_EQ(events_of(trace, "X"), (std::vector<std::string>{"10.0.0.7:41822 → 10.0.0.9:5432: CLOSE_WAIT",
                                                               "10.0.0.7:41822 → 10.0.0.9:5432: CLOSE"}));
    EXPECT_EQ(
        events_of(trace, "i"),
        (std::vector<std::string>{"10.0.0.7:41822 → 10.0.0.9:5432: ← FIN", "10.0.0.7:41822 → 10.0.0.9:5432: 512 B →",
                                  "10.0.0.7:41822 → 10.0.0.9:5432: ← RST",
                                  "10.0.0.7:41822 → 10.0.0.9:5432: write = EPIPE", "flusher: write = EPIPE"}));
}

TEST(Perfetto, CountsMicrosecondsFromTheBeginning) {
    const Json trace = trace_of({samples::peer_closed()});
    for (const Json& event : trace["traceEvents"])
        if (event["ph"] == "X" && event["name"] == "CLOSE_WAIT") {
            EXPECT_EQ(event["ts"], 31'532'000.001 - 2'104'000);
            EXPECT_NEAR(event["dur"].get<double>(), 2'104'000 - 100'900, 1000);
        }
}

TEST(Perfetto, ReportsAConnectionOnce) {
    model::Verdict teardown = samples::peer_closed();
    teardown.kind = model::VerdictKind::kTeardown;
    teardown.write.reset();
    EXPECT_EQ(trace_of({samples::peer_closed(), teardown}), trace_of({samples::peer_closed()}));
}

TEST(Perfetto, TakesStatesThatWereSeenToTheirEnds) {
    const Json trace = trace_of({samples::orderly()});
    std::vector<std::pair<std::string, double>> states;
    for (const Json& event : trace["traceEvents"])
        if (event["ph"] == "X") states.emplace_back(event["name"], event["dur"].get<double>());
    std::sort(states.begin(), states.end());
    EXPECT_EQ(states, (std::vector<std::pair<std::string, double>>{
                          {"CLOSE_WAIT", 5'200}, {"ESTABLISHED", 2'104'000}, {"LAST_ACK", 210}}));
}

TEST(Perfetto, KeepsTheProcessesOfTwoHostsApart) {
    model::Verdict here = samples::peer_closed();
    here.host = "web1";
    model::Verdict there = samples::peer_closed();
    there.host = "db1";
    std::map<std::string, Json> processes;
    const Json trace = trace_of({here, there});
    for (const Json& event : trace["traceEvents"])
        if (event["name"] == "process_name") processes[event["args"]["name"]] = event["pid"];
    ASSERT_EQ(processes.size(), 2U);
    EXPECT_EQ(processes.at("orders-api on web1"), 4242);
    EXPECT_NE(processes.at("orders-api on db1"), 4242);
}

TEST(Perfetto, EscapesWhatProcessesChose) {
    samples::Collected seen;
    Perfetto trace(seen.sink());
    trace.start(samples::run_start());
    trace.verdict(samples::hostile());
    trace.end(samples::run_end());
    for (const char character : seen.text) EXPECT_TRUE(character == '\n' || (character >= ' ' && character <= '~'));
    EXPECT_TRUE(Json::accept(seen.text));
}

} // namespace
} // namespace tcpblame::render
