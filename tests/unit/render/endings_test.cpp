// What a person sees of each way for a connection to end, and of what sent a SIGPIPE.
#include "render/quantity.hpp"
#include "render/report.hpp"
#include "render/samples.hpp"
#include "render/shown.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Endings, ReportWhoSentASigpipeAndNoWrite) {
    model::Verdict verdict = samples::sent_by_process();
    EXPECT_EQ(shown(verdict), R"(14:02:11.532  SIGPIPE killed orders-api, pid 4242, sent by kill, pid 99
  in      orders.service
  cause   sent-by-process (observed): kill (pid 99) sent this SIGPIPE; no write
          failed
  advice  ask why it was sent: no write was broken
  more    tcpblame explain sent-by-process
)");
    verdict.write = samples::pipe().write;
    EXPECT_EQ(shown(verdict), shown(samples::sent_by_process()));
    verdict.sender = verdict.process;
    EXPECT_THAT(shown(verdict, {.width = 84}),
                HasSubstr("SIGPIPE killed orders-api, pid 4242, in orders.service, sent by itself\n"));
    EXPECT_THAT(shown(verdict, {.width = 83}), HasSubstr("SIGPIPE killed orders-api, pid 4242, sent by itself\n"));
    verdict.sender.reset();
    verdict.disposition = model::Disposition::kIgnored;
    verdict.process->cgroup.clear();
    EXPECT_THAT(shown(verdict, {.width = 100}),
                HasSubstr("SIGPIPE ignored by orders-api, pid 4242, sent by a process (would have killed it)\n"));
}

TEST(Endings, ReportWhichTimerGaveUp) {
    EXPECT_EQ(shown(samples::timed_out()),
              R"(14:02:11.532  connection timed out: orders-api, pid 4242, in orders.service
  10.0.0.7:41822 → 10.0.0.9:5432
  cause   timed-out (observed): no acknowledgement of all that we sent reached
          this socket from 10.0.0.9:5432: our kernel gave the connection up by
          TCP_USER_TIMEOUT, 1500 ms
  timer   TCP_USER_TIMEOUT 1500 ms: 4 retransmits, peer silent for 1.6 s
  lost    512 B unacknowledged
  advice  find out why the peer fell silent (host down, packets dropped, process
          stopped), and reconnect on ETIMEDOUT
  more    tcpblame explain timed-out
)");
}

TEST(Endings, SayOfATimerOnlyWhatIsKnown) {
    const auto timer = [](const model::Timeout& timeout) {
        model::Verdict verdict = samples::timed_out();
        verdict.timeout = timeout;
        const std::string text = shown(verdict, {.width = 120});
        const std::size_t begin = text.find("  timer   ") + 10;
        return text.substr(begin, text.find('\n', begin) - begin);
    };
    using Kind = model::TimeoutKind;
    EXPECT_EQ(timer({Kind::kRetransmission, 15, 0, 0, 924'600}),
              "retransmission: 15 retransmits, peer silent for 15 min 24 s");
    EXPECT_EQ(timer({Kind::kKeepalive, 0, 9, 0, 675'000}),
              "keepalive: 9 probes without an answer, peer silent for 11 min 15 s");
    EXPECT_EQ(timer({Kind::kZeroWindow, 0, 1, 30'000, 0}),
              "zero window (TCP_USER_TIMEOUT 30000 ms): 1 probe without an answer");
    EXPECT_EQ(timer({Kind::kUserTimeout, 0, 0, 0, 0}), "TCP_USER_TIMEOUT");
}

TEST(Endings, ReportWhoAbortedTheSocket) {
    EXPECT_EQ(shown(samples::killed_by_admin(), {.width = 100}),
              R"(14:02:11.532  ECONNABORTED in orders-api, pid 4242 (7 in its namespace) ← killed by ss, pid 99
  write(fd 9, 512 B) = ECONNABORTED    10.0.0.7:41822 → 10.0.0.9:5432
  in      docker container aaaaaaaaaaaa
  cause   killed-by-admin (observed): ss (pid 99) aborted this socket from outside
  by      ss, pid 99
  advice  ask who ran ss -K (or the like) against this connection; reconnect
  more    tcpblame explain killed-by-admin
)");
}

TEST(Endings, ReportAContainerWhereThereIsRoom) {
    EXPECT_THAT(shown(samples::killed_by_admin(), {.width = 160}),
                HasSubstr("pid 4242 (7 in its namespace), in docker container aaaaaaaaaaaa ← killed by ss, pid 99\n"));
    EXPECT_THAT(shown(samples::killed_by_admin(), {.width = 120, .verbose = true}),
                HasSubstr("\n  runs in docker container " + std::string(64, 'a') + "\n  cgroup  /docker/aaa"));
    model::Verdict verdict = samples::pipe();
    verdict.process->cgroup = "/user.slice/user-1000.slice/session-3.scope";
    EXPECT_THAT(shown(verdict), HasSubstr("killed seq, pid 900\n"));
    EXPECT_THAT(shown(verdict, {.verbose = true}), HasSubstr("\n  runs in session-3.scope\n"));
    verdict.process->cgroup = "/kubepods/pod1/" + std::string(64, 'b') + "/nginx.service";
    EXPECT_THAT(shown(verdict, {.width = 90}),
                HasSubstr("killed seq, pid 900, in nginx.service, container bbbbbbbbbbbb\n"));
}

TEST(Endings, NameThePodAndContainerOfBothEnds) {
    const std::string text = shown(samples::in_pods(), {.width = 80});
    EXPECT_THAT(text, HasSubstr("\n  in      pod shop/api-7c9 · container api\n  cause   peer-aborted"));
    EXPECT_THAT(text, HasSubstr("\n          in pod shop/cart-5d8 · container cart\n"));
    EXPECT_THAT(shown(samples::in_pods(), {.width = 160}),
                HasSubstr("thread 4251 (flusher), in pod shop/api-7c9 · container api (MSG_NOSIGNAL) ← reset by "));
    EXPECT_THAT(shown(samples::in_pods(), {.width = 160}), Not(HasSubstr("\n  in  ")));
    EXPECT_THAT(shown(samples::in_pods(), {.unicode = false}), HasSubstr("pod shop/api-7c9 - container api\n"));
    EXPECT_THAT(shown(samples::in_pods(), {.width = 240, .verbose = true}),
                HasSubstr("\n  command /api --greet 'a b'\n  runs in pod shop/api-7c9 · container api (" +
                          std::string(64, 'c') + "), image registry:5000/shop/api:1.2\n"));
}

TEST(Endings, NameWhatIsKnownOfAContainer) {
    const auto place = [](const model::ContainerNames& names, const std::string& cgroup) {
        model::Verdict verdict = samples::pipe();
        verdict.process->cgroup = cgroup;
        verdict.process->names = std::make_shared<const model::ProcessNames>("", names);
        const std::string line = samples::lines_of(shown(verdict, {.width = 200})).at(0);
        return line.substr(line.find(", in ") + 5);
    };
    const std::string docker = "/docker/" + std::string(64, 'a');
    EXPECT_EQ(place({.name = "shop-api-1"}, docker), "docker container shop-api-1");
    EXPECT_EQ(place({.image = "shop/api"}, docker), "docker container aaaaaaaaaaaa");
    EXPECT_EQ(place({.name = "a", .pod = "b"}, docker), "pod b · container a");
    EXPECT_EQ(place({.pod = "b", .pod_namespace = "c"}, docker), "pod c/b");
    EXPECT_EQ(place({.name = "web"}, docker + "/nginx.service"), "nginx.service, docker container web");
}

TEST(Endings, SayOnceWhereBothEndsAre) {
    model::Verdict verdict = samples::in_pods();
    samples::put_into_pod(verdict.peer->process, "api-7c9", "api", 'c');
    EXPECT_THAT(shown(verdict), Not(HasSubstr("          in pod")));
}

TEST(Endings, AreNamedAfterWhatBecameOfTheConnection) {
    model::Verdict verdict = samples::timed_out();
    const auto headline = [&](model::Cause cause) {
        verdict.cause = cause;
        const std::string line = samples::lines_of(shown(verdict)).at(0).substr(14);
        return line.substr(0, line.find(':'));
    };
    EXPECT_EQ(headline(model::Cause::kRefused), "connection refused");
    EXPECT_EQ(headline(model::Cause::kUnreachable), "peer unreachable");
    EXPECT_EQ(headline(model::Cause::kKilledByAdmin), "connection killed");
    EXPECT_EQ(headline(model::Cause::kUnknownConnection), "connection broken");
}

TEST(Endings, ReportWhatAPeerDidToItsListener) {
    model::Verdict verdict = samples::linger_zero();
    verdict.peer->linger_zero = false;
    verdict.peer->act = model::Act::kListenerClosed;
    EXPECT_THAT(shown(verdict, {.width = 120}),
                HasSubstr("(worker): closed its listener before this connection was accepted, 101.2 µs before"));
    verdict.peer->act = model::Act::kDisconnect;
    EXPECT_THAT(shown(verdict, {.width = 120}), HasSubstr("(worker): connect(AF_UNSPEC) with 5 B unread, 101.2 µs"));
}

TEST(Endings, BlameNoProcessForAFullAcceptQueue) {
    const std::string text = shown(samples::accept_queue_overflow());
    EXPECT_THAT(text, HasSubstr("  peer    accept queue full, and tcp_abort_on_overflow is set, 101.2 µs before\n"
                                "          the break\n"));
    EXPECT_THAT(text, Not(HasSubstr("process")));
}

TEST(Endings, ReportWhoHeldTheOtherEndAndNotWhenItLetGo) {
    model::Verdict verdict = samples::pipe();
    verdict.peer = model::PeerAct{};
    verdict.peer->process = samples::process(901, 0, "", "head");
    verdict.peer->act = model::Act::kHeldOtherEnd;
    verdict.peer->at_ns = -5'000'000;
    EXPECT_THAT(shown(verdict), HasSubstr("  peer    head, pid 901: held the other end when tcpblame attached\n"));
}

TEST(Endings, ShowFunctionsAndLines) {
    model::Verdict verdict = samples::pipe();
    verdict.stack = {samples::resolved("flush_orders", 0x41, "/src/orders/orders.c", 120),
                     samples::resolved("handle_request", 0x1f, "", 0), samples::frame("orders-api", 0x1188)};
    EXPECT_THAT(shown(verdict, {.width = 100}),
                HasSubstr("  where   flush_orders+0x41 orders.c:120 ◂ handle_request+0x1f ◂ orders-api+0x1188\n"));
}

TEST(Endings, NameKtls) {
    model::Verdict verdict = samples::peer_closed();
    verdict.write->file = model::FileKind::kKtls;
    EXPECT_THAT(shown(verdict), HasSubstr("10.0.0.7:41822 → 10.0.0.9:5432 (kTLS)\n"));
    verdict.connection.reset();
    EXPECT_THAT(shown(verdict), HasSubstr("  a kTLS connection\n"));
}

TEST(Endings, NameMptcp) {
    model::Verdict verdict = samples::peer_closed();
    verdict.write->file = model::FileKind::kMptcp;
    EXPECT_THAT(shown(verdict), HasSubstr("10.0.0.7:41822 → 10.0.0.9:5432 (MPTCP)\n"));
    verdict.connection.reset();
    EXPECT_THAT(shown(verdict), HasSubstr("  an MPTCP connection\n"));
}

TEST(OrderlyEnding, IsOneLine) {
    EXPECT_EQ(shown(samples::orderly(), {.width = 120}),
              "14:02:11.532  closed  orders-api, pid 4242  10.0.0.7:41822 → 10.0.0.9:5432  "
              "peer first, 2.1 s, sent 512 B, got 1.2 kB\n");
    EXPECT_EQ(shown(samples::orderly(), {.width = 180}),
              "14:02:11.532  closed  orders-api, pid 4242  10.0.0.7:41822 → 10.0.0.9:5432  "
              "peer first, 2.1 s, sent 512 B, got 1.2 kB; ESTABLISHED 2.1 s, CLOSE_WAIT 5.2 ms, LAST_ACK 0.21 ms\n");
}

TEST(OrderlyEnding, SaysLessWhereThereIsLessRoom) {
    model::Verdict verdict = samples::orderly();
    EXPECT_EQ(shown(verdict, {.width = 112}), "14:02:11.532  closed  orders-api, pid 4242  :41822 → 10.0.0.9:5432  "
                                              "peer first, 2.1 s, sent 512 B, got 1.2 kB\n");
    EXPECT_EQ(shown(verdict), "14:02:11.532  closed  orders-api[4242]  :41822 → 10.0.0.9:5432  peer first\n");
    verdict.process = samples::process(13, 13, "server", "server");
    EXPECT_EQ(shown(verdict), "14:02:11.532  closed  server[13]  :41822 → 10.0.0.9:5432  peer first, 2.1 s\n");
    verdict.process = samples::orders_api();
    verdict.connection = samples::connection(samples::long_ipv6(5432), samples::long_ipv6(65534));
    const std::string text = shown(verdict);
    EXPECT_EQ(text, "14:02:11.532  closed  orders-api[4242]  :5432 → …ab:abab:abab]:65534  peer first\n");
    EXPECT_EQ(display_width(text.substr(0, text.size() - 1)), 80U);
}

TEST(OrderlyEnding, SaysOnlyWhatIsKnown) {
    model::Verdict verdict;
    verdict.kind = model::VerdictKind::kTeardown;
    verdict.cause = model::Cause::kOrderly;
    verdict.monotonic_ns = samples::kMomentNs;
    verdict.confidence = model::Confidence::kInferred;
    EXPECT_EQ(shown(verdict), "14:02:11.532  closed (inferred)\n");
    verdict.closed_first = model::OpenedBy::kUs;
    verdict.bytes.received = 0;
    EXPECT_EQ(shown(verdict), "14:02:11.532  closed (inferred)  we first, got 0 B\n");
}

TEST(OrderlyEnding, SaysMoreToWhoeverAsks) {
    EXPECT_EQ(shown(samples::orderly(), {.verbose = true}),
              R"(14:02:11.532  closed  orders-api[4242]  :41822 → 10.0.0.9:5432  peer first
  cause   orderly (observed): the peer closed first; nothing broke
  program /usr/bin/orders-api
  runs in orders.service
  cgroup  /system.slice/orders.service
  socket  fd 9, id 1a2b, network namespace 4026531840, we opened it
  states  ESTABLISHED 2.1 s, CLOSE_WAIT 5.2 ms, LAST_ACK 0.21 ms
  bytes   512 B sent, 1234 B received
  events  3:1841 1:207
)");
}

TEST(OrderlyEnding, StandsApartFromBlocksButNotFromItsLike) {
    samples::Collected data;
    Report report({.width = 120}, data.sink(), {});
    report.start(samples::run_start());
    for (int count = 0; count < 20; ++count) report.verdict(samples::orderly());
    report.verdict(samples::pipe());
    report.verdict(samples::orderly());
    const auto lines = samples::lines_of(data.text);
    for (std::size_t line = 0; line < 20; ++line) EXPECT_THAT(lines.at(line), HasSubstr("  closed  "));
    EXPECT_EQ(lines.at(20), "");
    EXPECT_THAT(lines.at(21), HasSubstr("SIGPIPE killed"));
    EXPECT_EQ(lines.at(lines.size() - 2), "");
    EXPECT_THAT(lines.back(), HasSubstr("  closed  "));
}

TEST(OrderlyEnding, IsNotCountedAsBroken) {
    const auto ended = [](std::uint64_t teardowns, std::uint64_t orderly) {
        samples::Collected data;
        Report report({}, data.sink(), {});
        report.start(samples::run_start());
        model::RunEnd end;
        end.monotonic_ns = samples::run_start().monotonic_ns + 62'000'000'000;
        end.teardowns = teardowns;
        end.teardowns_by_cause.at(static_cast<std::size_t>(model::Cause::kOrderly)) = orderly;
        end.teardowns_by_cause.at(static_cast<std::size_t>(model::Cause::kTimedOut)) = teardowns - orderly;
        report.end(end);
        return data.text;
    };
    EXPECT_EQ(ended(12'345, 12'345), "no write failed and no connection broke in 62.0 s\n"
                                     "12,345 connections ended in good order\n");
    EXPECT_EQ(ended(3, 1), "no write failed in 62.0 s\n2 broken connections: timed-out 2\n"
                           "1 connection ended in good order\nmore: tcpblame explain timed-out\n");
}

TEST(Quantities, AreRoundedForAGlance) {
    EXPECT_EQ(rounded_bytes(0), "0 B");
    EXPECT_EQ(rounded_bytes(999), "999 B");
    EXPECT_EQ(rounded_bytes(1000), "1.0 kB");
    EXPECT_EQ(rounded_bytes(9'949), "9.9 kB");
    EXPECT_EQ(rounded_bytes(9'950), "10 kB");
    EXPECT_EQ(rounded_bytes(999'499), "999 kB");
    EXPECT_EQ(rounded_bytes(999'500), "1.0 MB");
    EXPECT_EQ(rounded_bytes(UINT64_MAX), "18 EB");
}

TEST(Quantities, GiveAShortTimeItsFigures) {
    EXPECT_EQ(duration(0), "0 ms");
    EXPECT_EQ(duration(210'000), "0.21 ms");
    EXPECT_EQ(duration(999'999), "1.0 ms");
    EXPECT_EQ(duration(9'949'999), "9.9 ms");
    EXPECT_EQ(duration(12'000'000), "12 ms");
    EXPECT_EQ(duration(UINT64_MAX), "5124095 h 34 min");
}

} // namespace
} // namespace tcpblame::render
