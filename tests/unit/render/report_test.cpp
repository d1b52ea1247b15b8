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

std::string headline_for(model::Disposition disposition) {
    model::Verdict verdict = samples::peer_closed();
    verdict.process = samples::process(900, 900, "seq", "seq");
    verdict.disposition = disposition;
    return samples::lines_of(shown(verdict)).at(0).substr(std::string{"14:02:11.532  "}.size());
}

TEST(Report, ReportsAPeerThatClosedFirst) {
    EXPECT_EQ(shown(samples::peer_closed()),
              R"(14:02:11.532  SIGPIPE killed orders-api, pid 4242, thread 4251 (flusher)
  write(fd 9, 512 B) = EPIPE           10.0.0.7:41822 → 10.0.0.9:5432
  in      orders.service
  cause   peer-closed (observed): the peer closed first; our next write was
          answered with a RST
  lost    512 B unacknowledged; receive queue empty

             orders-api, here                 10.0.0.9:5432
  -2.104 s   CLOSE_WAIT   ◄────── FIN ──────  the peer closed
  -101.0 ms  CLOSE_WAIT   ───── 512 B ─────►  write succeeded: queued locally,
                                              rejected by the peer's host
  -100.9 ms  CLOSE        ◄────── RST ──────  connection no longer exists
       0     write 512 B  ✗ EPIPE and SIGPIPE, default action
  where   orders-api+0x1a41 ◂ orders-api+0x201f ◂ orders-api+0x1188
  advice  treat read()==0 or EPOLLRDHUP as the end before writing; MSG_NOSIGNAL
          turns the kill into an error you can handle
  more    tcpblame explain peer-closed
)");
}

TEST(Report, ReportsWhatALocalPeerDid) {
    EXPECT_EQ(shown(samples::linger_zero()),
              R"(14:02:11.532  EPIPE in orders-api, pid 4242, thread 4251 (flusher)
              (MSG_NOSIGNAL)
              ← reset by server, pid 77
  sendto(fd 9, 1,048,576 B) = EPIPE    127.0.0.1:41822 → 127.0.0.7:4777
  in      orders.service
  cause   peer-aborted (observed): server (pid 77) closed with 5 B unread: its
          host sent a RST
  but     an earlier call had already taken the socket's error; so this write
          got EPIPE
  peer    server, pid 77, thread 78 (worker): close() with SO_LINGER 0 and 5 B
          unread, 101.2 µs before the write
          server+0x1c88
  lost    nothing: all acknowledged; receive queue empty

             orders-api, here                        server, pid 77
             127.0.0.1:41822                         127.0.0.7:4777
  -100.9 µs  CLOSE               ◄────── RST ──────  server closed with 5 B
                                                     unread (inferred)
  -3.210 µs  CLOSE               ✗ ECONNRESET taken: by write in thread 4250
       0     sendto 1,048,576 B  ✗ EPIPE; MSG_NOSIGNAL, so no SIGPIPE
  advice  ask why the other side aborts: it closes without reading all it got,
          sets SO_LINGER 0, or dies; here, handle ECONNRESET and reconnect
  more    tcpblame explain peer-aborted
)");
}

std::string first_line(const model::Verdict& verdict, unsigned width = 160) {
    return samples::lines_of(shown(verdict, {.width = width})).at(0).substr(std::string{"14:02:11.532  "}.size());
}

TEST(Report, NamesTheCulpritBesideTheVictim) {
    model::Verdict verdict = samples::one_of_many(4001, 0);
    EXPECT_EQ(first_line(verdict), "EPIPE in chatty, pid 12 (MSG_NOSIGNAL) ← reset by server, pid 13");
    verdict.cause = model::Cause::kPeerClosed;
    EXPECT_EQ(first_line(verdict), "EPIPE in chatty, pid 12 (MSG_NOSIGNAL) ← closed by server, pid 13");
    verdict.peer->act = model::Act::kKilled;
    verdict.peer->signal = 9;
    EXPECT_EQ(first_line(verdict), "EPIPE in chatty, pid 12 (MSG_NOSIGNAL) ← server, pid 13: killed by SIGKILL");
    verdict.peer->act = model::Act::kHeldOtherEnd;
    EXPECT_EQ(first_line(verdict), "EPIPE in chatty, pid 12 (MSG_NOSIGNAL)") << "that is no act";
    verdict = samples::one_of_many(4001, 0);
    verdict.confidence = model::Confidence::kInferred;
    EXPECT_EQ(first_line(verdict), "EPIPE in chatty, pid 12 (MSG_NOSIGNAL)") << "it was not seen";
    verdict = samples::one_of_many(4001, 0);
    verdict.cause = model::Cause::kKilledByAdmin;
    EXPECT_EQ(first_line(verdict), "EPIPE in chatty, pid 12 (MSG_NOSIGNAL)");
    verdict.killed_by = samples::process(99, 99, "ss", "ss");
    EXPECT_EQ(first_line(verdict), "EPIPE in chatty, pid 12 (MSG_NOSIGNAL) ← killed by ss, pid 99");
}

TEST(Report, ShowsALaterVerdictOfOneConnectionInShort) {
    const auto second = [](void (*change)(model::Verdict&)) {
        samples::Collected data;
        Report report({.width = 120}, data.sink(), {});
        report.start(samples::run_start());
        model::Verdict verdict = samples::one_of_many(4001, 0);
        report.verdict(verdict);
        data.text.clear();
        verdict.monotonic_ns += 1'200'000;
        verdict.disposition = model::Disposition::kKilled;
        change(verdict);
        report.verdict(verdict);
        return data.text;
    };
    EXPECT_EQ(second([](model::Verdict&) {}),
              "\n14:02:11.533  again after 1.2 ms: SIGPIPE killed chatty, pid 12\n"
              "  write(fd 9, 512 B) = EPIPE           127.0.0.1:4001 → 127.0.0.7:4777\n");
    EXPECT_THAT(second([](model::Verdict& verdict) { verdict.connection->id = "another"; }), HasSubstr("  cause   "));
    EXPECT_THAT(second([](model::Verdict& verdict) { verdict.host = "another"; }), HasSubstr("  cause   "));
    EXPECT_THAT(second([](model::Verdict& verdict) { verdict.cause = model::Cause::kPeerClosed; }),
                HasSubstr("  cause   "));
    EXPECT_THAT(second([](model::Verdict& verdict) { verdict.peer.reset(); }), HasSubstr("  cause   "));
    EXPECT_THAT(second([](model::Verdict& verdict) { verdict.confidence = model::Confidence::kInferred; }),
                HasSubstr("  cause   "));
}

TEST(Report, LeavesOutALadderOfOneRow) {
    model::Verdict verdict = samples::peer_closed();
    verdict.timeline.erase(verdict.timeline.begin(), verdict.timeline.end() - 2);
    EXPECT_THAT(shown(verdict), HasSubstr("orders-api, here"));
    verdict.timeline.erase(verdict.timeline.begin());
    EXPECT_THAT(shown(verdict), Not(HasSubstr("orders-api, here")));
}

TEST(Report, SaysHowToLearnWhichCallTookTheError) {
    model::Verdict verdict = samples::linger_zero();
    EXPECT_THAT(shown(verdict), Not(HasSubstr("--reads")));
    verdict.timeline.erase(verdict.timeline.begin() + 1);
    EXPECT_THAT(shown(verdict, {.width = 160}), HasSubstr("taken the socket's error (--reads shows which); so this"));
}

TEST(Report, AStackIsWholeForWhoeverLooksCloser) {
    EXPECT_THAT(shown(samples::peer_closed(), {.verbose = true}),
                HasSubstr("  where   libc.so.6+0xf7a10 ◂ orders-api+"));
    model::Verdict verdict = samples::peer_closed();
    verdict.stack.resize(1);
    verdict.stack.resize(14, samples::resolved("recursion", 1, "", 0));
    EXPECT_THAT(shown(verdict), HasSubstr("recursion+0x1 ◂ 1 more\n"));
    EXPECT_THAT(shown(verdict, {.verbose = true}), Not(HasSubstr(" more\n")));
}

TEST(Report, ReportsAPipeWithoutAConnection) {
    EXPECT_EQ(shown(samples::pipe()),
              R"(14:02:11.532  SIGPIPE killed seq, pid 900
  write(fd 1, 4096 B) = EPIPE          a pipe
  cause   pipe-reader-gone (observed): the reading end of this pipe is closed
  advice  the reader ended early (as in "| head"): stop writing on EPIPE, or
          ignore SIGPIPE and handle the error
  more    tcpblame explain pipe-reader-gone
)");
}

TEST(Report, ReportsABrokenConnectionThatNoWriteMet) {
    EXPECT_EQ(shown(samples::teardown()),
              R"(14:02:11.532  connection broken: orders-api, pid 4242, thread 4251 (flusher)
  10.0.0.7:41822 → 10.0.0.9:5432
  in      orders.service
  cause   peer-closed (inferred): the peer closed first; our next write was
          answered with a RST
  lost    512 B unacknowledged

             orders-api, here                 10.0.0.9:5432
  -2.104 s   CLOSE_WAIT   ◄────── FIN ──────  the peer closed
  -101.0 ms  CLOSE_WAIT   ───── 512 B ─────►  write succeeded: queued locally,
                                              rejected by the peer's host
  -100.9 ms  CLOSE        ◄────── RST ──────  connection no longer exists
  advice  treat read()==0 or EPOLLRDHUP as the end before writing
  more    tcpblame explain peer-closed
)");
}

TEST(Report, SaysThatItDoesNotKnowAndWhatWasLost) {
    EXPECT_EQ(shown(samples::unknown_with_losses()),
              R"(14:02:11.532  ECONNRESET in orders-api, pid 4242, thread 4251 (flusher)
  a write (fd 9, 512 B) = ECONNRESET
  [abab:abab:abab:abab:abab:abab:abab:abab]:65535 →
  [abab:abab:abab:abab:abab:abab:abab:abab]:65534
  in      orders.service
  cause   unknown: nothing was seen of this connection's end: it ended before
          tcpblame attached, or while the filters did not know whose it is
  warning 3 events were lost in the time that this speaks of: it may not be the
          whole story
  advice  attach before the connection ends: tcpblame reports only what it has
          seen
  more    tcpblame explain unknown
)");
}

TEST(Report, SaysInTheHeadlineWhatBecameOfTheSignal) {
    EXPECT_EQ(headline_for(model::Disposition::kKilled), "SIGPIPE killed seq, pid 900");
    EXPECT_EQ(headline_for(model::Disposition::kHandled), "SIGPIPE handled by seq, pid 900");
    EXPECT_EQ(headline_for(model::Disposition::kIgnored), "SIGPIPE ignored by seq, pid 900 (would have killed it)");
    EXPECT_EQ(headline_for(model::Disposition::kBlocked), "SIGPIPE blocked in seq, pid 900");
    EXPECT_EQ(headline_for(model::Disposition::kSuppressed), "EPIPE in seq, pid 900 (MSG_NOSIGNAL)");
    EXPECT_EQ(headline_for(model::Disposition::kNone), "EPIPE in seq, pid 900");
}

TEST(Report, ShowsABareVerdictWithoutInventingAnything) {
    model::Verdict verdict;
    verdict.kind = model::VerdictKind::kTeardown;
    verdict.monotonic_ns = samples::kMomentNs;
    const std::string rest = "  cause   unknown: nothing was seen of this connection's end: it ended before\n"
                             "          tcpblame attached, or while the filters did not know whose it is\n"
                             "  advice  attach before the connection ends: tcpblame reports only what it has\n"
                             "          seen\n"
                             "  more    tcpblame explain unknown\n";
    EXPECT_EQ(shown(verdict), "14:02:11.532  connection broken\n" + rest);
    verdict.kind = model::VerdictKind::kFailedWrite;
    EXPECT_EQ(shown(verdict), "14:02:11.532  write failed in an unknown process\n" + rest);
}

TEST(Report, SaysHowAPeerDied) {
    model::Verdict verdict = samples::linger_zero();
    verdict.peer->linger_zero = false;
    verdict.peer->act = model::Act::kKilled;
    verdict.peer->signal = 9;
    EXPECT_THAT(shown(verdict, {.width = 120}), HasSubstr("(worker): killed by SIGKILL, 5 B unread, 101.2 µs before"));
    verdict.peer->act = model::Act::kExit;
    verdict.peer->unread = 0;
    EXPECT_THAT(shown(verdict, {.width = 120}), HasSubstr("(worker): exited with status 0, 101.2 µs before the write"));
}

TEST(Report, SaysWhichHostHasWhatWhereSeveralWereRecorded) {
    const std::string text = shown(samples::joined());
    EXPECT_THAT(text, HasSubstr("thread 4251 (flusher) on web1"));
    EXPECT_THAT(text, HasSubstr("  peer    server, pid 77, thread 78 (worker) on db1: close() with SO_LINGER 0"));
    EXPECT_THAT(text, HasSubstr("server, pid 77 on db1\n")) << "above the ladder";
    model::Verdict unowned = samples::teardown();
    unowned.process.reset();
    unowned.host = "web1";
    EXPECT_THAT(shown(unowned), HasSubstr("  connection broken on web1\n"));
    model::Verdict well = samples::orderly();
    well.host = "web1";
    EXPECT_THAT(shown(well), HasSubstr(" on web1  "));
    samples::Collected notices;
    Report report({}, {}, notices.sink());
    report.lost({3, {}, 0, 0, "db1"});
    EXPECT_THAT(notices.text, HasSubstr("3 events were lost on db1 in the kernel"));
}

TEST(Report, LetsNoHostSteerTheTerminal) {
    model::Verdict verdict = samples::joined();
    verdict.host = verdict.peer->process.host = "\x1b[2Jweb1";
    EXPECT_THAT(shown(verdict), Not(HasSubstr("\x1b")));
}

TEST(Report, NeverExceedsTheWidth) {
    for (const unsigned width : {80U, 81U, 100U, 120U})
        for (const bool unicode : {true, false}) {
            samples::Collected seen;
            Report report({.width = width, .color = true, .unicode = unicode, .verbose = true}, seen.sink(),
                          seen.sink());
            model::RunStart start = samples::run_start();
            start.watching = samples::hostile().process->exe;
            report.start(start);
            for (const model::Verdict& verdict : samples::all()) report.verdict(verdict);
            report.lost({UINT64_MAX, 4'000'000'000U, samples::kMomentNs, samples::kMomentNs + 1});
            report.end(samples::run_end());
            for (const std::string& line : samples::lines_of(samples::uncolored(seen.text)))
                EXPECT_LE(display_width(line), width) << line;
        }
}

TEST(Report, LeavesNoBlanksAtTheEndOfALine) {
    for (const model::Verdict& verdict : samples::all()) EXPECT_THAT(shown(verdict), Not(HasSubstr(" \n")));
}

TEST(Report, LetsNoProcessSteerTheTerminal) {
    for (const bool unicode : {true, false}) {
        const std::string text = shown(samples::hostile(), {.unicode = unicode, .verbose = true});
        for (const std::string& line : samples::lines_of(text))
            EXPECT_EQ(line, printable(line, kAnyWidth, unicode ? Charset::kUnicode : Charset::kAscii));
        EXPECT_THAT(text, StartsWith("14:02:11.532  EPIPE in \\x1b[2J\"\\x0a\\xe2\\x80\\xae"));
    }
}

TEST(Report, ColorsOnlyWhenAskedAndChangesNoWord) {
    const std::string plain = shown(samples::linger_zero());
    const std::string colored = shown(samples::linger_zero(), {.color = true});
    EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
    EXPECT_THAT(colored, HasSubstr("\x1b[1;31mpeer-aborted\x1b[0m"));
    EXPECT_EQ(samples::uncolored(colored), plain);
}

TEST(Report, ReportsTimeAsAsked) {
    using std::chrono::hours;
    EXPECT_THAT(shown(samples::pipe(), {.utc_offset = hours{-15}}), StartsWith("23:02:11.532  "));
    EXPECT_THAT(shown(samples::pipe(), {.relative_time = true}), StartsWith("+31.532 s  SIGPIPE"));
}

TEST(Report, ShowsTheEvidenceToWhoeverAsks) {
    const std::string text = shown(samples::linger_zero(), {.verbose = true});
    EXPECT_THAT(
        text,
        HasSubstr("  program /usr/bin/orders-api\n  runs in orders.service\n  cgroup  /system.slice/orders.service\n"
                  "  socket  id 1a2b, network namespace 4026531840, we opened it\n"
                  "  bytes   5 B sent, 0 B received\n  events  3:1841 1:207\n"));
}

TEST(Report, CutsAStackThatNobodyReads) {
    model::Verdict verdict = samples::pipe();
    verdict.stack.assign(127, samples::frame("a", 1));
    EXPECT_THAT(shown(verdict), HasSubstr("a+0x1 ◂ 115 more\n"));
}

TEST(Report, KeepsNoticesApartFromData) {
    samples::Collected data;
    samples::Collected notices;
    Report report({}, data.sink(), notices.sink());
    report.start(samples::run_start());
    report.lost({2, 3, samples::kMomentNs, samples::kMomentNs + 5'000'000});
    EXPECT_EQ(data.text, "");
    EXPECT_EQ(notices.text, "tcpblame: watching pid 4242 (orders-api), 14 open connections; Ctrl-C ends\n"
                            "tcpblame: 2 events were lost on CPU 3 between 14:02:11.532 and 14:02:11.537; the\n"
                            "          verdicts about that time say so\n");
}

TEST(Report, SaysThatTheClockWasSet) {
    samples::Collected notices;
    Report report({}, {}, notices.sink());
    report.start(samples::run_start());
    notices.text.clear();
    report.clock_set({samples::kMomentNs, samples::kBootedAtNs + 3'599'999'999'000});
    report.clock_set({samples::kMomentNs, samples::kBootedAtNs + 3'599'500'000'000});
    EXPECT_EQ(notices.text, "tcpblame: the clock was set 60 min 0 s ahead, or the machine slept, at\n"
                            "          15:02:11.531\n"
                            "tcpblame: the clock was set 500 ms back at 15:02:11.032\n");
    report.lost({2, 3, samples::kMomentNs - 5'000'000, samples::kMomentNs});
    EXPECT_THAT(notices.text, HasSubstr("between 14:02:11.527 and 15:02:11.032"));
}

TEST(Report, GivesEachVerdictInOnePieceWithABlankLineBetween) {
    samples::Collected data;
    Report report({}, data.sink(), {});
    report.start(samples::run_start());
    report.verdict(samples::pipe());
    report.verdict(samples::pipe());
    EXPECT_EQ(data.pieces, 2);
    EXPECT_THAT(data.text, HasSubstr("explain pipe-reader-gone\n\n14:02:11.532"));
}

TEST(Report, NamesTheExplanationOfACauseOnce) {
    samples::Collected data;
    Report report({}, data.sink(), {});
    report.start(samples::run_start());
    for (const auto& verdict : {samples::pipe(), samples::pipe(), samples::linger_zero(), samples::linger_zero()})
        report.verdict(verdict);
    const auto times = [&](const std::string& words) {
        std::size_t count = 0;
        for (std::size_t at = 0; (at = data.text.find(words, at)) != std::string::npos; ++at) ++count;
        return count;
    };
    EXPECT_EQ(times("cause   pipe-reader-gone"), 2);
    EXPECT_EQ(times("\n  more    tcpblame explain pipe-reader-gone\n"), 1);
    EXPECT_EQ(times("\n  more    tcpblame explain peer-aborted\n"), 1);
}

TEST(Report, SumsUpByCauseTheMostFrequentFirst) {
    samples::Collected data;
    Report report({}, data.sink(), {});
    report.start(samples::run_start());
    model::RunEnd end = samples::run_end();
    end.lost_events = 1;
    report.end(end);
    EXPECT_EQ(data.text, "4 failed writes in 62.0 s: peer-aborted 3, peer-closed 1\n"
                         "1 other broken connection: peer-closed 1\n"
                         "more: tcpblame explain peer-closed peer-aborted\n"
                         "1 event was lost: something may have broken that is not reported here\n");
}

TEST(Report, CountsNoConnectionTwiceInItsSummary) {
    samples::Collected data;
    Report report({}, data.sink(), {});
    model::RunEnd end;
    end.verdicts = end.teardowns = 200;
    const auto aborted = static_cast<std::size_t>(model::Cause::kPeerAborted);
    end.verdicts_by_cause.at(aborted) = end.teardowns_by_cause.at(aborted) = end.reported_by_writes.at(aborted) = 200;
    report.end(end);
    EXPECT_EQ(data.text, "200 failed writes: peer-aborted 200\nmore: tcpblame explain peer-aborted\n");
}

TEST(Report, TakesASignalThatWasSentForNoFailedWrite) {
    samples::Collected data;
    Report report({}, data.sink(), {});
    model::RunEnd end;
    end.verdicts = 2;
    end.verdicts_by_cause.at(static_cast<std::size_t>(model::Cause::kSentByProcess)) = 2;
    report.end(end);
    EXPECT_EQ(data.text, "no write failed and no connection broke\n2 SIGPIPEs that no write drew\n"
                         "more: tcpblame explain sent-by-process\n");
}

TEST(Report, SaysThatNothingHappened) {
    samples::Collected data;
    Report report({}, data.sink(), {});
    report.start(samples::run_start());
    model::RunEnd end;
    end.monotonic_ns = samples::run_start().monotonic_ns + 845'000'000'000;
    report.end(end);
    EXPECT_EQ(data.text, "no write failed and no connection broke in 14 min 5 s\n");
}

} // namespace
} // namespace tcpblame::render
