#include "render/report.hpp"
#include "render/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> table_of(const std::vector<model::Verdict>& verdicts, bool color = false) {
    samples::Collected data;
    ReportOptions options;
    options.table = true;
    options.color = color;
    Report report(options, data.sink(), {});
    report.start(samples::run_start());
    for (const model::Verdict& verdict : verdicts) report.verdict(verdict);
    return samples::lines_of(data.text);
}

TEST(Table, HasALineAVerdictUnderTheNamesOfItsColumns) {
    EXPECT_EQ(table_of({samples::peer_closed(), samples::linger_zero(), samples::timed_out()}),
              (std::vector<std::string>{
                  "TIME          PROCESS                CALL                          CONNECTION   "
                  "                                CAUSE                          PEER",
                  "14:02:11.532  orders-api[4242]       write = EPIPE (killed)        10.0.0.7:4182"
                  "2 → 10.0.0.9:5432               peer-closed (observed)",
                  "14:02:11.532  orders-api[4242]       sendto = EPIPE (suppressed)   127.0.0.1:418"
                  "22 → 127.0.0.7:4777             peer-aborted (observed)        server[77]: close() with SO_LINGER 0 "
                  "and 5 B unread",
                  "14:02:11.532  orders-api[4242]       connection timed out          10.0.0.7:4182"
                  "2 → 10.0.0.9:5432               timed-out (observed)           TCP_USER_TIMEOUT 1500 ms: 4 "
                  "retransmits, peer silent for 1.6 s",
              }));
}

TEST(Table, ReportsEachOfManyThatAreAlike) {
    std::vector<model::Verdict> many;
    for (std::uint16_t port = 1; port <= 100; ++port) many.push_back(samples::one_of_many(port, port));
    EXPECT_EQ(table_of(many).size(), 101U);
}

TEST(Table, ReportsAConnectionOnceWhoseFailedWriteIsReported) {
    model::Verdict teardown = samples::teardown();
    teardown.write_failed = true;
    EXPECT_EQ(table_of({samples::peer_closed(), teardown}).size(), 2U);
}

TEST(Table, IsALineWhateverAProcessIsCalled) {
    const auto lines = table_of({samples::hostile(), samples::joined()});
    ASSERT_EQ(lines.size(), 3U);
    for (const std::string& line : lines) EXPECT_EQ(line.find_first_of("\x1b\r\t"), std::string::npos) << line;
    EXPECT_THAT(lines[2], HasSubstr("orders-api[4242] on web1"));
    EXPECT_THAT(lines[2], HasSubstr("server[77] on db1: close()"));
}

TEST(Table, IsTheSameInColor) {
    const auto plain = table_of(samples::all());
    const auto colored = table_of(samples::all(), true);
    ASSERT_EQ(plain.size(), colored.size());
    for (std::size_t line = 0; line < plain.size(); ++line) EXPECT_EQ(samples::uncolored(colored[line]), plain[line]);
    EXPECT_THAT(colored.at(1), HasSubstr("\x1b["));
}

} // namespace
} // namespace tcpblame::render
