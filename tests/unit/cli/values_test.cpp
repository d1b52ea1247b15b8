#include "cli/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <string>
#include <vector>

namespace tcpblame::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

/// It fails as bad usage, and names the flag and the value.
template <typename T>
void expect_refused(const Result<T>& result, const std::string& flag, const std::string& value) {
    ASSERT_FALSE(result) << flag << " took '" << value << "'";
    EXPECT_EQ(result.error().code, ExitCode::kUsage);
    EXPECT_THAT(result.error().what, HasSubstr(flag));
    EXPECT_THAT(result.error().what, HasSubstr("'" + value + "'"));
    EXPECT_FALSE(result.error().why.empty());
    EXPECT_FALSE(result.error().todo.empty());
}

TEST(ParsePorts, TakesOneOrSeveral) {
    EXPECT_THAT(parse_ports("-P", "5432").value(), ElementsAre(5432));
    EXPECT_THAT(parse_ports("-P", "1,80,65535").value(), ElementsAre(1, 80, 65535));
}

TEST(ParsePorts, RefusesWhatIsNoPort) {
    for (const char* bad : {"0", "65536", "-1", "+1", "no-such-service", "80x", "90-80", "80-", "-80", "80-90-100",
                            " 80", "80 ", "0x50", "1.5", "99999999999999999999"})
        expect_refused(parse_ports("--port", bad), "--port", bad);
}

TEST(ParsePorts, TakesARangeOfNoMoreThanTheFilterTakes) {
    EXPECT_THAT(parse_ports("-P", "80-83,5432").value(), ElementsAre(80, 81, 82, 83, 5432));
    EXPECT_EQ(parse_ports("-P", "65520-65535").value().size(), 16U);
    const auto refused = parse_ports("--port", "65519-65535");
    expect_refused(refused, "--port", "65519-65535");
    EXPECT_THAT(refused.error().why, HasSubstr("17 ports"));
}

TEST(ParsePorts, TakesAService) {
    if (getservbyname("http", "tcp") == nullptr) GTEST_SKIP() << "there is no /etc/services";
    EXPECT_THAT(parse_ports("-P", "http,81").value(), ElementsAre(80, 81));
}

TEST(ParsePorts, RefusesEmptyEntries) {
    for (const char* bad : {"", ",", "80,", ",80", "80,,81"}) expect_refused(parse_ports("--port", bad), "--port", "");
}

TEST(ParsePorts, NamesTheOneBadEntryOfAList) {
    expect_refused(parse_ports("--localport", "80,nope,90"), "--localport", "nope");
}

std::vector<std::string> hosts_in(std::string_view list) {
    std::vector<std::string> words;
    const std::vector<model::Prefix> hosts = parse_hosts("--host", list).value();
    for (const model::Prefix& host : hosts) words.push_back(to_string(host));
    return words;
}

TEST(ParseHosts, TakesAddressesAndNetworksOfBothFamilies) {
    EXPECT_THAT(hosts_in("10.0.0.7"), ElementsAre("10.0.0.7"));
    EXPECT_THAT(hosts_in("10.1.2.3/8,::1,fd00::7/8"), ElementsAre("10.0.0.0/8", "::1", "fd00::/8"));
    EXPECT_THAT(hosts_in("0.0.0.0/0,::/0,10.0.0.7/32,::1/128"), ElementsAre("0.0.0.0/0", "::/0", "10.0.0.7", "::1"));
    EXPECT_THAT(hosts_in("10.0.0.1/31\n10.0.0.3"), ElementsAre("10.0.0.0/31", "10.0.0.3"));
}

TEST(ParseHosts, TakesAMappedAddressAsIpv4) {
    EXPECT_THAT(hosts_in("::ffff:10.0.0.7,::ffff:10.0.0.0/104,::ffff:0:0/95"),
                ElementsAre("10.0.0.7", "10.0.0.0/8", "::fffe:0:0/95"));
}

TEST(ParseHosts, RefusesWhatIsNone) {
    for (const char* bad : {"10.0.0.0/33", "::/129", "abc", "10.0.0", "10.0.0.1/", "10.0.0.1/-1", "/8", "10.0.0.1/8/8",
                            "[::1]", "10.0.0.1:80", "1.2.3.4 ", "fe80::1%lo"})
        expect_refused(parse_hosts("--host", bad), "--host", bad);
    for (const char* bad : {"", "10.0.0.1,"}) expect_refused(parse_hosts("--host", bad), "--host", "");
}

TEST(ParsePids, TakesOneOrSeveral) {
    EXPECT_THAT(parse_pids("-p", "4242").value(), ElementsAre(4242));
    EXPECT_THAT(parse_pids("-p", "1,4194304").value(), ElementsAre(1, 4194304));
}

TEST(ParsePids, TakesThemAsPidofAndPgrepPrintThem) {
    EXPECT_THAT(parse_pids("-p", "1 2 3").value(), ElementsAre(1, 2, 3));
    EXPECT_THAT(parse_pids("-p", "1\n2").value(), ElementsAre(1, 2));
}

TEST(ParsePids, RefusesWhatIsNoPid) {
    for (const char* bad : {"0", "-1", "4194305", "4294967296", "sshd", ""})
        expect_refused(parse_pids("--pid", bad), "--pid", bad);
}

TEST(ParseComms, TakesAsManyBytesAsTheKernelKeeps) {
    EXPECT_THAT(parse_comms("-n", "a,orders-api,exactly15bytes!").value(),
                ElementsAre("a", "orders-api", "exactly15bytes!"));
    EXPECT_THAT(parse_comms("-n", "Web Content").value(), ElementsAre("Web Content"));
}

TEST(ParseComms, CutsLongerNames) {
    EXPECT_THAT(parse_comms("-n", "a,exactly16bytes!!").value(), ElementsAre("a", "exactly16bytes!"));
}

TEST(ParseComms, RefusesEmptyOnes) {
    expect_refused(parse_comms("--comm", ""), "--comm", "");
    expect_refused(parse_comms("--comm", "a,,b"), "--comm", "");
}

TEST(ParseSeconds, TakesWholeOnesAndFractions) {
    EXPECT_EQ(parse_seconds("-d", "30").value(), 30s);
    EXPECT_EQ(parse_seconds("-d", "0.5").value(), 500ms);
    EXPECT_EQ(parse_seconds("-d", "1e3").value(), 1000s);
    EXPECT_EQ(parse_seconds("-d", "1000000000").value(), 1'000'000'000s);
}

TEST(ParseSeconds, TakesMinutesAndHours) {
    EXPECT_EQ(parse_seconds("-d", "90s").value(), 90s);
    EXPECT_EQ(parse_seconds("-d", "5m").value(), 300s);
    EXPECT_EQ(parse_seconds("-d", "1.5h").value(), 5400s);
}

TEST(ParseSeconds, RefusesWhatIsNoTime) {
    for (const char* bad :
         {"0", "-1", "nan", "inf", "1e300", "1000000001", "", "5x", "m", "0m", "300000h", " 5", "soon"})
        expect_refused(parse_seconds("--duration", bad), "--duration", bad);
}

// Less than a nanosecond ends the run before it begins.
TEST(ParseSeconds, RefusesATimeThatIsTooShortToBeAny) {
    expect_refused(parse_seconds("--duration", "1e-10"), "--duration", "1e-10");
}

TEST(ParseCount, TakesNumbersAboveNone) {
    EXPECT_EQ(parse_count("--count", "1").value(), 1U);
    EXPECT_EQ(parse_count("--count", "18446744073709551615").value(), UINT64_MAX);
}

TEST(ParseCount, RefusesWhatIsNoCount) {
    for (const char* bad : {"0", "-1", "many", "", "1.0", "18446744073709551616"})
        expect_refused(parse_count("--count", bad), "--count", bad);
}

TEST(ParseHooks, TakesWhatTheTableHas) {
    const auto hooks = parse_hooks("--hook", "write-failure=kprobe,rst-sent-without-socket=fentry").value();
    ASSERT_EQ(hooks.size(), 2U);
    EXPECT_EQ(hooks[0].role, "write-failure");
    EXPECT_EQ(hooks[0].kind, "kprobe");
    EXPECT_EQ(hooks[1].kind, "fentry");
}

TEST(ParseHooks, RefusesWhatItHasNot) {
    for (const char* bad : {"", "write-failure", "write-failure=", "=kprobe", "write-failure=magic", "sigpipe=kprobe",
                            "write-failure=kprobe=kprobe"})
        expect_refused(parse_hooks("--hook", bad), "--hook", bad);
}

} // namespace
} // namespace tcpblame::cli
