// The sentence of each rule, and what to do about it.
#include "render/wording/summary.hpp"

#include "model/names.hpp"
#include "render/samples.hpp"
#include "render/wording/advice.hpp"
#include "render/wording/notes.hpp"

#include <cerrno>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::render {
namespace {

using model::Act;
using model::OtherEnd;
using model::Rule;
using model::Verdict;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// Of a connection to 10.0.0.9:5432.
Verdict found_by(Rule rule) {
    Verdict verdict = samples::failed(model::Cause::kUnknown, rule);
    verdict.connection = samples::connection(samples::ipv4(7, 41822), samples::ipv4(9, 5432));
    return verdict;
}

/// The peer's process is known, and did it.
Verdict done_by_server(Rule rule, Act act) {
    Verdict verdict = found_by(rule);
    verdict.peer.emplace().process = samples::process(77, 77, "server", "server");
    verdict.peer->act = act;
    return verdict;
}

std::string sentence_of(Rule rule) { return summary_of(found_by(rule)); }

TEST(Summary, EachRuleHasOne) {
    for (int rule = 0; rule <= static_cast<int>(Rule::kUnseenReset); ++rule) {
        EXPECT_NE(sentence_of(static_cast<Rule>(rule)), "") << "rule " << rule;
        Verdict bare;
        bare.rule = static_cast<Rule>(rule);
        EXPECT_NE(summary_of(bare), "") << "rule " << rule;
        EXPECT_NE(summary_of(bare).back(), '.') << "rule " << rule;
    }
}

TEST(Summary, OfAConnectThatFailed) {
    Verdict verdict = found_by(Rule::kRefused);
    EXPECT_EQ(summary_of(verdict), "connecting to 10.0.0.9:5432 was answered with a RST: nobody accepts there, or a "
                                   "firewall refuses in its name");
    verdict.circumstances.reset_sender_seen = true;
    EXPECT_THAT(summary_of(verdict), EndsWith("nobody accepts there"));
    EXPECT_EQ(sentence_of(Rule::kRefusedBefore),
              "this socket has no connection: connecting to 10.0.0.9:5432 was refused before");
    EXPECT_EQ(sentence_of(Rule::kConnectFailedUnseen),
              "this socket has no connection: connecting failed before with EPIPE");
    verdict.rule = Rule::kNeverConnected;
    EXPECT_THAT(summary_of(verdict), EndsWith("or it was disconnected since, as connect(AF_UNSPEC) does it"));
    verdict.circumstances.never_used = true;
    EXPECT_EQ(summary_of(verdict), "this socket has no connection: it was never connected");
}

TEST(Summary, OfOurOwnSide) {
    Verdict verdict = found_by(Rule::kLocalShutdown);
    EXPECT_EQ(summary_of(verdict), "we had shut down our own sending side; no RST is involved");
    verdict.circumstances.reset_came = true;
    EXPECT_EQ(summary_of(verdict), "we had shut down our own sending side");
    verdict.circumstances.other_holder = samples::process(555, 555, "helper", "helper");
    EXPECT_EQ(summary_of(verdict), "helper (pid 555), which shares this socket, had shut down our own sending side");
    verdict.circumstances.other_holder->pid = 0;
    EXPECT_THAT(summary_of(verdict), HasSubstr("helper, which shares this socket,"));
    verdict.process->pid = 0;
    EXPECT_THAT(summary_of(verdict), HasSubstr("helper, which holds this socket,"));
    verdict.rule = Rule::kDisconnected;
    EXPECT_THAT(summary_of(verdict), EndsWith(" disconnected this socket with connect(AF_UNSPEC)"));
    EXPECT_EQ(sentence_of(Rule::kOwnAbort), "we aborted this connection: its close sent a RST");
}

TEST(Summary, OfAnAbortFromOutside) {
    Verdict verdict = found_by(Rule::kAdminKillOfPeer);
    verdict.killed_by = samples::process(999, 999, "ss", "ss");
    verdict.killed_by->host = "db1";
    EXPECT_EQ(summary_of(verdict), "ss (pid 999) on db1 aborted the other end's socket from outside");
    verdict.rule = Rule::kAdminKill;
    EXPECT_EQ(summary_of(verdict), "ss (pid 999) on db1 aborted this socket from outside");
    verdict.killed_by.reset();
    verdict.rule = Rule::kAdminKillUnseen;
    EXPECT_EQ(summary_of(verdict), "this socket was aborted from outside (ss -K or the like), by whom was not seen");
    verdict.circumstances.of_other_end = true;
    EXPECT_THAT(summary_of(verdict), HasSubstr("the other end's socket was aborted"));
}

TEST(Summary, OfASilence) {
    Verdict verdict = found_by(Rule::kNoAnswer);
    verdict.timeout = model::Timeout{model::TimeoutKind::kKeepalive, 0, 3, 0, 0};
    EXPECT_EQ(summary_of(verdict), "no answer reached this socket from 10.0.0.9:5432: our kernel gave the connection "
                                   "up after 3 keepalive probes");
    verdict.timeout = model::Timeout{model::TimeoutKind::kRetransmission, 15, 0, 0, 0};
    EXPECT_EQ(summary_of(verdict), "no acknowledgement of all that we sent reached this socket from 10.0.0.9:5432: our "
                                   "kernel gave the connection up after 15 retransmissions");
    verdict.circumstances.nothing_sent = true;
    EXPECT_THAT(summary_of(verdict), HasSubstr("this host could send nothing to 10.0.0.9:5432: our kernel gave"));
    verdict.rule = Rule::kWindowClosed;
    verdict.timeout->kind = model::TimeoutKind::kZeroWindow;
    EXPECT_EQ(summary_of(verdict), "10.0.0.9:5432 answered, but took no more data: our kernel gave the connection up "
                                   "after 0 probes of its closed window");
}

TEST(Summary, OfAnErrorOfTheNetwork) {
    Verdict verdict = found_by(Rule::kUnreachable);
    verdict.circumstances.socket_error = EHOSTUNREACH;
    verdict.icmp = model::IcmpKind::kHostUnreachable;
    EXPECT_EQ(summary_of(verdict), "the network said EHOSTUNREACH of 10.0.0.9:5432: ICMP host unreachable, filtered or "
                                   "time exceeded");
    verdict.timeout = model::Timeout{model::TimeoutKind::kUserTimeout, 4, 0, 1500, 0};
    EXPECT_THAT(summary_of(verdict), EndsWith(", and our kernel gave the connection up by TCP_USER_TIMEOUT, 1500 ms"));
    verdict.rule = Rule::kNoRoute;
    EXPECT_THAT(summary_of(verdict), HasSubstr("this host had no way to 10.0.0.9:5432 any more (EHOSTUNREACH), and"));
    verdict.rule = Rule::kReported;
    EXPECT_THAT(summary_of(verdict),
                EndsWith("; the connection lives on, and this write was given the error, as IP_RECVERR asks for"));
    verdict.rule = Rule::kReportedOther;
    verdict.circumstances.socket_error = EBADMSG;
    EXPECT_THAT(summary_of(verdict),
                HasSubstr("the kernel reported EBADMSG of this socket, whose connection lives on"));
    verdict.rule = Rule::kErrorWithoutReset;
    EXPECT_EQ(summary_of(verdict), "the connection ended with EBADMSG and without a RST that was seen");
}

TEST(Summary, OfPipesAndUnixSockets) {
    Verdict verdict = found_by(Rule::kPipe);
    EXPECT_EQ(summary_of(verdict), "the reading end of this pipe is closed");
    verdict = done_by_server(Rule::kUnixPeer, Act::kConnectedOtherEnd);
    EXPECT_EQ(summary_of(verdict), "the other end of this unix socket is closed; server (pid 77) was at the other end "
                                   "when it was connected");
    verdict.peer->act = Act::kHeldOtherEnd;
    EXPECT_THAT(summary_of(verdict), EndsWith("; server (pid 77) held it when tcpblame attached"));
    EXPECT_EQ(sentence_of(Rule::kUnixUnseen),
              "a unix socket that gave EPIPE, and whose other end was not seen to be closed");
}

TEST(Summary, OfASignalThatNoWriteDrew) {
    Verdict verdict = found_by(Rule::kSentByProcess);
    EXPECT_EQ(summary_of(verdict), "a process sent this SIGPIPE; which one is not known; no write failed");
    verdict.sender = samples::process(99, 99, "kill", "kill");
    EXPECT_EQ(summary_of(verdict), "kill (pid 99) sent this SIGPIPE; no write failed");
    verdict.circumstances.sent_to_itself = true;
    EXPECT_EQ(summary_of(verdict), "the process sent this SIGPIPE to itself; no write failed");
    verdict.rule = Rule::kSentForParent;
    EXPECT_EQ(summary_of(verdict), "kill (pid 99) ended, and this process had asked for SIGPIPE at its parent's end "
                                   "(PR_SET_PDEATHSIG); no write failed");
}

TEST(Summary, OfACloseOfThePeer) {
    EXPECT_EQ(sentence_of(Rule::kPeerClosed), "the peer closed first; our next write was answered with a RST");
    EXPECT_EQ(sentence_of(Rule::kPeerClosedUnseen),
              "the peer closed first; we wrote, and a RST came that fits an answer to it");
    Verdict verdict = done_by_server(Rule::kPeerClosed, Act::kExit);
    EXPECT_EQ(summary_of(verdict),
              "server (pid 77) exited with status 0 first; our next write was answered with a RST");
    verdict.rule = Rule::kHalfClosed;
    verdict.peer->act = Act::kClose;
    verdict.circumstances.half_closed_ns = 1'004'499'999;
    EXPECT_EQ(summary_of(verdict), "server (pid 77) closed, having shut down its sending side 1.004 s before; what was "
                                   "written then was answered with a RST");
    verdict.rule = Rule::kCrossed;
    verdict.why.emplace_back().bytes = 512;
    EXPECT_EQ(summary_of(verdict), "server (pid 77) closed first; 512 B that were under way when its FIN came were "
                                   "answered with a RST");
}

TEST(Summary, OfAnAbortOfThePeer) {
    Verdict verdict = done_by_server(Rule::kPeerAborted, Act::kClose);
    verdict.peer->process.host = "db1";
    verdict.peer->unread = 105;
    EXPECT_EQ(summary_of(verdict), "server (pid 77) on db1 closed with 105 B unread: its host sent a RST");
    verdict.peer->unread = 0;
    verdict.peer->linger_zero = true;
    verdict.circumstances.half_closed_ns = 2'099'700'000;
    EXPECT_EQ(summary_of(verdict), "server (pid 77) on db1 closed with SO_LINGER 0: its host sent a RST; it had closed "
                                   "its sending side 2.100 s before");
    verdict = found_by(Rule::kPeerAbortedUnseen);
    verdict.circumstances.half_closed_before_attach = true;
    EXPECT_EQ(summary_of(verdict), "the socket of 10.0.0.9:5432 on this host aborted the connection with a RST; it had "
                                   "closed its sending side before tcpblame attached");
    EXPECT_EQ(sentence_of(Rule::kQueueOverflow),
              "the accept queue of 10.0.0.9:5432 was full, and its host is set to answer that with a RST "
              "(tcp_abort_on_overflow)");
}

TEST(Summary, OfAHostThatDoesNotKnowTheConnection) {
    Verdict verdict = found_by(Rule::kUnknownConnection);
    const std::string known = "the host that answers as 10.0.0.9:5432 sent a RST: it does not know this connection "
                              "(any more)";
    EXPECT_EQ(summary_of(verdict), known);
    verdict.circumstances.other_end = OtherEnd::kNotSeenClosed;
    EXPECT_EQ(summary_of(verdict), known + ", and no close of the peer was seen");
    verdict.circumstances.other_end = OtherEnd::kGaveUp;
    verdict.circumstances.other_end_error = ETIMEDOUT;
    EXPECT_EQ(summary_of(verdict), known + "; the peer's end had ended with ETIMEDOUT");
    verdict.circumstances.other_end = OtherEnd::kClosedSilently;
    verdict.circumstances.other_end_reset = true;
    EXPECT_EQ(summary_of(verdict), known + "; the peer's end was closed without a FIN or a RST, as TCP_REPAIR does it; "
                                           "a RST had ended it there");
}

TEST(Summary, OfAResetThatNeitherEndSent) {
    Verdict verdict = found_by(Rule::kBetween);
    EXPECT_EQ(summary_of(verdict), "a RST came in the name of 10.0.0.9:5432, whose socket on this host sent none: "
                                   "something between the two did");
    verdict.joined = model::JoinedEnd{"db1", "", {}};
    EXPECT_THAT(summary_of(verdict), HasSubstr("whose socket on db1 sent none: something between the two did"));
    verdict.joined.reset();
    verdict.circumstances.both_reset = true;
    EXPECT_EQ(summary_of(verdict), "both ends received a RST, this one and 10.0.0.9:5432 on this host, and neither "
                                   "sent one: something between the two sent both");
    EXPECT_EQ(sentence_of(Rule::kUnseenReset),
              "a RST from 10.0.0.9:5432 ended the connection; who sent it cannot be seen from here");
}

TEST(Summary, OfAnEndInGoodOrder) {
    Verdict verdict = done_by_server(Rule::kOrderly, Act::kClose);
    EXPECT_EQ(summary_of(verdict), "it was never established; nothing broke");
    verdict.closed_first = model::OpenedBy::kPeer;
    EXPECT_EQ(summary_of(verdict), "server (pid 77) closed first; nothing broke");
    verdict.peer.reset();
    EXPECT_EQ(summary_of(verdict), "the peer closed first; nothing broke");
    verdict.closed_first = model::OpenedBy::kUs;
    EXPECT_EQ(summary_of(verdict), "we closed, and the peer had not closed yet when our kernel dropped the socket; "
                                   "nothing broke");
    verdict.circumstances.both_closed = true;
    EXPECT_EQ(summary_of(verdict), "we closed first; nothing broke");
}

TEST(Summary, SaysWhatWasEvicted) {
    EXPECT_EQ(sentence_of(Rule::kEvicted), "what was known of this connection was evicted to keep within --max-memory");
    Verdict verdict = found_by(Rule::kUnseenReset);
    verdict.circumstances.evicted = model::Evicted::kOtherEnd;
    EXPECT_THAT(summary_of(verdict),
                EndsWith("from here; what was known of its other end was evicted to keep within --max-memory"));
}

TEST(Advice, SpeaksOfTheKillOnlyWhereThereWasOne) {
    Verdict verdict = samples::peer_closed();
    EXPECT_THAT(advice_of(verdict), HasSubstr("MSG_NOSIGNAL"));
    verdict.disposition = model::Disposition::kIgnored;
    EXPECT_THAT(advice_of(verdict), Not(HasSubstr("MSG_NOSIGNAL")));
    EXPECT_THAT(advice_of(verdict), Not(HasSubstr("read what was received")));
    verdict.bytes.unread = 5;
    EXPECT_THAT(advice_of(verdict), EndsWith("; read what was received and not read yet: it probably says why"));
}

TEST(Advice, OfSomeRulesIsTheirOwn) {
    Verdict verdict = found_by(Rule::kCrossed);
    EXPECT_THAT(advice_of(verdict), HasSubstr("nobody ignored anything"));
    verdict.rule = Rule::kHalfClosed;
    EXPECT_THAT(advice_of(verdict), HasSubstr("the peer read on after it"));
    verdict.rule = Rule::kBetween;
    EXPECT_THAT(advice_of(verdict), HasSubstr("what lies between the two"));
}

TEST(Notes, SayWhoDidWhat) {
    model::TimelineEntry entry;
    EXPECT_EQ(note_of(entry), "");
    entry.note = model::TimelineNote::kPeerDid;
    entry.name = "server";
    entry.deed.act = Act::kKilled;
    entry.deed.signal = 9;
    EXPECT_EQ(note_of(entry), "server was killed by SIGKILL");
    entry.deed = {};
    entry.deed.unread = 5;
    EXPECT_EQ(note_of(entry), "server closed with 5 B unread");
    entry.note = model::TimelineNote::kShutDown;
    entry.name = "closer";
    entry.tid = 4260;
    EXPECT_EQ(note_of(entry), "shutdown() by thread 4260 (closer)");
    entry.tid = 0;
    EXPECT_EQ(note_of(entry), "shutdown() by a thread (closer)");
    entry.note = model::TimelineNote::kTaken;
    EXPECT_EQ(note_of(entry), "by a write in a thread");
    entry.syscall = "sendto";
    entry.tid = 4251;
    EXPECT_EQ(note_of(entry), "by sendto in thread 4251");
}

TEST(Notes, EachHasAPhrase) {
    for (int note = 1; note <= static_cast<int>(model::TimelineNote::kTaken); ++note) {
        model::TimelineEntry entry;
        entry.note = static_cast<model::TimelineNote>(note);
        EXPECT_NE(note_of(entry), "") << note;
    }
}

} // namespace
} // namespace tcpblame::render
