// The words that others build on: each enumerator has one, and no two have the same.
#include "model/cause.hpp"
#include "model/event.hpp"
#include "model/run.hpp"
#include "model/verdict.hpp"

#include <algorithm>
#include <cctype>
#include <gtest/gtest.h>
#include <set>
#include <string>

namespace tcpblame::model {
namespace {

/// The words of the enumerators from `first` to `last`.
template <typename Enum, typename Say>
std::vector<std::string> words(Enum first, Enum last, Say say) {
    std::vector<std::string> found;
    for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i)
        found.emplace_back(say(static_cast<Enum>(i)));
    return found;
}

template <typename Enum>
std::vector<std::string> codes(Enum first, Enum last) {
    return words(first, last, [](Enum value) { return code_of(value); });
}

void expect_distinct(const std::vector<std::string>& words) {
    EXPECT_EQ(std::set<std::string>(words.begin(), words.end()).size(), words.size());
    for (const std::string& word : words) EXPECT_FALSE(word.empty());
}

void expect_kebab_case(const std::vector<std::string>& codes) {
    expect_distinct(codes);
    for (const std::string& code : codes)
        EXPECT_TRUE(std::all_of(code.begin(), code.end(), [](unsigned char c) { return std::islower(c) || c == '-'; }))
            << code;
}

TEST(Codes, OfCausesAreStable) {
    EXPECT_EQ(
        codes(Cause::kPeerClosed, Cause::kUnknown),
        (std::vector<std::string>{"peer-closed", "peer-aborted", "local-shutdown", "refused", "never-connected",
                                  "pipe-reader-gone", "unix-peer-closed", "timed-out", "unreachable", "killed-by-admin",
                                  "local-abort", "unknown-connection", "sent-by-process", "orderly", "unknown"}));
    EXPECT_EQ(codes(Cause::kPeerClosed, Cause::kUnknown).size(), std::size_t{kCauseCount});
}

TEST(Codes, AreDistinctAndNeverEmpty) {
    expect_kebab_case(codes(Cause::kPeerClosed, Cause::kUnknown));
    expect_kebab_case(codes(Confidence::kObserved, Confidence::kUnknown));
    expect_kebab_case(codes(Modifier::kErrorAlreadyTaken, Modifier::kErrorAlreadyTaken));
    expect_kebab_case(codes(FileKind::kTcp, FileKind::kOther));
    expect_kebab_case(codes(Disposition::kKilled, Disposition::kSuppressed));
    expect_kebab_case(codes(OpenedBy::kUs, OpenedBy::kPeer));
    expect_kebab_case(codes(Act::kClose, Act::kAcceptQueueOverflow));
    expect_kebab_case(codes(TimelineEvent::kFinReceived, TimelineEvent::kClosed));
    expect_kebab_case(codes(RunLimit::kPidNamespace, RunLimit::kForeignProc));
    expect_kebab_case(codes(RunEndReason::kInterrupted, RunEndReason::kCommandEnded));
}

TEST(Codes, OfWhatIsNotKnownAreEmpty) {
    EXPECT_EQ(code_of(FileKind::kUnknown), "");
    EXPECT_EQ(code_of(Disposition::kNone), "");
    EXPECT_EQ(code_of(OpenedBy::kUnknown), "");
    EXPECT_EQ(name_of(TcpState::kNone), "");
    EXPECT_EQ(name_of(Syscall::kUnknown), "");
}

TEST(Codes, OfValuesOutsideTheEnumAreEmpty) {
    EXPECT_EQ(code_of(static_cast<Cause>(200)), "");
    EXPECT_EQ(name_of(static_cast<TcpState>(200)), "");
    EXPECT_EQ(name_of(static_cast<Syscall>(200)), "");
}

TEST(Codes, NamesOfStatesAreTheKernels) {
    expect_distinct(words(TcpState::kEstablished, TcpState::kNewSynRecv, [](TcpState s) { return name_of(s); }));
    EXPECT_EQ(name_of(TcpState::kCloseWait), "CLOSE_WAIT");
    EXPECT_EQ(static_cast<int>(TcpState::kCloseWait), 8) << "include/net/tcp_states.h";
}

TEST(Codes, NamesOfSystemCallsAreThoseOfTheManual) {
    expect_distinct(words(Syscall::kWrite, Syscall::kTee, [](Syscall s) { return name_of(s); }));
    EXPECT_EQ(name_of(Syscall::kPwritev2), "pwritev2");
}

} // namespace
} // namespace tcpblame::model
