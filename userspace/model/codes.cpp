// The words of the JSON contract for each enumerator.
#include "model/cause.hpp"
#include "model/event.hpp"
#include "model/run.hpp"
#include "model/verdict.hpp"

#include <string_view>

namespace tcpblame::model {

std::string_view code_of(Cause cause) {
    switch (cause) {
    case Cause::kPeerClosed: return "peer-closed";
    case Cause::kPeerAborted: return "peer-aborted";
    case Cause::kLocalShutdown: return "local-shutdown";
    case Cause::kRefused: return "refused";
    case Cause::kNeverConnected: return "never-connected";
    case Cause::kPipeReaderGone: return "pipe-reader-gone";
    case Cause::kUnixPeerClosed: return "unix-peer-closed";
    case Cause::kTimedOut: return "timed-out";
    case Cause::kUnreachable: return "unreachable";
    case Cause::kKilledByAdmin: return "killed-by-admin";
    case Cause::kLocalAbort: return "local-abort";
    case Cause::kUnknownConnection: return "unknown-connection";
    case Cause::kSentByProcess: return "sent-by-process";
    case Cause::kOrderly: return "orderly";
    case Cause::kUnknown: return "unknown";
    }
    return {};
}

std::string_view code_of(Confidence confidence) {
    switch (confidence) {
    case Confidence::kObserved: return "observed";
    case Confidence::kInferred: return "inferred";
    case Confidence::kUnknown: return "unknown";
    }
    return {};
}

std::string_view code_of(Modifier modifier) {
    switch (modifier) {
    case Modifier::kErrorAlreadyTaken: return "error-already-taken";
    }
    return {};
}

std::string_view code_of(FileKind kind) {
    switch (kind) {
    case FileKind::kUnknown: return {};
    case FileKind::kTcp: return "tcp";
    case FileKind::kMptcp: return "mptcp";
    case FileKind::kKtls: return "ktls";
    case FileKind::kUnix: return "unix";
    case FileKind::kPipe: return "pipe";
    case FileKind::kOther: return "other";
    }
    return {};
}

std::string_view code_of(Disposition disposition) {
    switch (disposition) {
    case Disposition::kNone: return {};
    case Disposition::kKilled: return "killed";
    case Disposition::kHandled: return "handled";
    case Disposition::kIgnored: return "ignored";
    case Disposition::kBlocked: return "blocked";
    case Disposition::kSuppressed: return "suppressed";
    }
    return {};
}

std::string_view code_of(OpenedBy opened_by) {
    switch (opened_by) {
    case OpenedBy::kUnknown: return {};
    case OpenedBy::kUs: return "us";
    case OpenedBy::kPeer: return "peer";
    }
    return {};
}

std::string_view code_of(Act act) {
    switch (act) {
    case Act::kClose: return "close";
    case Act::kShutdown: return "shutdown";
    case Act::kExit: return "exit";
    case Act::kKilled: return "killed";
    case Act::kDisconnect: return "disconnect";
    case Act::kListenerClosed: return "listener-closed";
    case Act::kHeldOtherEnd: return "held-other-end";
    case Act::kAcceptQueueOverflow: return "accept-queue-overflow";
    case Act::kConnectedOtherEnd: return "connected-other-end";
    }
    return {};
}

std::string_view code_of(SignalOrigin origin) {
    switch (origin) {
    case SignalOrigin::kWrite:
    case SignalOrigin::kUnknown: return {};
    case SignalOrigin::kProcess: return "process";
    case SignalOrigin::kTimer: return "timer";
    case SignalOrigin::kParent: return "parent-death";
    case SignalOrigin::kKernel: return "kernel";
    case SignalOrigin::kCgroup: return "cgroup-kill";
    case SignalOrigin::kPidNamespace: return "pid-namespace";
    case SignalOrigin::kTerminal: return "terminal";
    case SignalOrigin::kFault: return "fault";
    }
    return {};
}

std::string_view code_of(ReasonCode code) {
    switch (code) {
    case ReasonCode::kKilled: return "killed";
    case ReasonCode::kExited: return "exited";
    case ReasonCode::kCrossed: return "crossed";
    case ReasonCode::kWindowClosed: return "window-closed";
    case ReasonCode::kNoRoute: return "no-route";
    case ReasonCode::kFilteredHere: return "filtered-here";
    case ReasonCode::kQueueFull: return "queue-full";
    case ReasonCode::kAddressMoved: return "address-moved";
    case ReasonCode::kOomKilled: return "oom-killed";
    case ReasonCode::kAskedToStop: return "asked-to-stop";
    case ReasonCode::kIdle: return "idle";
    case ReasonCode::kUnanswered: return "unanswered";
    case ReasonCode::kPassedOn: return "passed-on";
    case ReasonCode::kStateLost: return "state-lost";
    case ReasonCode::kFirewall: return "firewall";
    }
    return {};
}

std::string_view code_of(ResetReason reason) {
    switch (reason) {
    case ResetReason::kUnknown:
    case ResetReason::kOther: return {};
    case ResetReason::kNoSocket: return "no-socket";
    case ResetReason::kAbortOnData: return "abort-on-data";
    case ResetReason::kTimewaitSocket: return "timewait-socket";
    case ResetReason::kAbortOnClose: return "abort-on-close";
    case ResetReason::kState: return "tcp-state";
    case ResetReason::kKeepaliveTimeout: return "keepalive-timeout";
    case ResetReason::kFlags: return "tcp-flags";
    case ResetReason::kInvalidSyn: return "invalid-syn";
    case ResetReason::kInvalidAckSequence: return "invalid-ack-sequence";
    case ResetReason::kPaws: return "rfc7323-paws";
    case ResetReason::kTooOldAck: return "too-old-ack";
    case ResetReason::kAckUnsentData: return "ack-unsent-data";
    case ResetReason::kOldAck: return "old-ack";
    case ResetReason::kAbortOnLinger: return "abort-on-linger";
    case ResetReason::kAbortOnMemory: return "abort-on-memory";
    case ResetReason::kDisconnectWithData: return "disconnect-with-data";
    case ResetReason::kMptcpUnspecified: return "mptcp-rst-eunspec";
    case ResetReason::kMptcpError: return "mptcp-rst-emptcp";
    case ResetReason::kMptcpResource: return "mptcp-rst-eresource";
    case ResetReason::kMptcpProhibited: return "mptcp-rst-eprohibit";
    case ResetReason::kMptcpOutstanding: return "mptcp-rst-ewq2big";
    case ResetReason::kMptcpPerformance: return "mptcp-rst-ebadperf";
    case ResetReason::kMptcpMiddlebox: return "mptcp-rst-emiddlebox";
    }
    return {};
}

std::string_view code_of(ResetOrigin origin) {
    switch (origin) {
    case ResetOrigin::kUnknown: return {};
    case ResetOrigin::kPeer: return "peer";
    case ResetOrigin::kBetween: return "between";
    }
    return {};
}

std::string_view code_of(IcmpKind kind) {
    switch (kind) {
    case IcmpKind::kNone: return {};
    case IcmpKind::kPortUnreachable: return "port-unreachable";
    case IcmpKind::kHostUnreachable: return "host-unreachable-or-filtered";
    case IcmpKind::kNetUnreachable: return "net-unreachable-or-filtered";
    case IcmpKind::kProtocolUnreachable: return "protocol-unreachable";
    case IcmpKind::kAdministrativelyProhibited: return "administratively-prohibited";
    case IcmpKind::kParameterProblem: return "parameter-problem";
    }
    return {};
}

std::string_view code_of(TimeoutKind kind) {
    switch (kind) {
    case TimeoutKind::kRetransmission: return "retransmission";
    case TimeoutKind::kUserTimeout: return "user-timeout";
    case TimeoutKind::kKeepalive: return "keepalive";
    case TimeoutKind::kZeroWindow: return "zero-window";
    }
    return {};
}

std::string_view code_of(TimelineEvent event) {
    switch (event) {
    case TimelineEvent::kFinReceived: return "fin-received";
    case TimelineEvent::kFinSent: return "fin-sent";
    case TimelineEvent::kWritten: return "written";
    case TimelineEvent::kRstReceived: return "rst-received";
    case TimelineEvent::kRstSent: return "rst-sent";
    case TimelineEvent::kErrorTaken: return "error-taken";
    case TimelineEvent::kWriteFailed: return "write-failed";
    case TimelineEvent::kClosed: return "closed";
    }
    return {};
}

std::string_view code_of(RunEndReason reason) {
    switch (reason) {
    case RunEndReason::kInterrupted: return "interrupted";
    case RunEndReason::kDuration: return "duration";
    case RunEndReason::kCount: return "count";
    case RunEndReason::kOutputClosed: return "output-closed";
    case RunEndReason::kCutShort: return "cut-short";
    case RunEndReason::kCommandEnded: return "command-ended";
    }
    return {};
}

std::string_view code_of(RunLimit limit) {
    switch (limit) {
    case RunLimit::kPidNamespace: return "pid-namespace";
    case RunLimit::kForeignProc: return "foreign-proc";
    }
    return {};
}

std::string_view name_of(TcpState state) {
    switch (state) {
    case TcpState::kNone: return {};
    case TcpState::kEstablished: return "ESTABLISHED";
    case TcpState::kSynSent: return "SYN_SENT";
    case TcpState::kSynRecv: return "SYN_RECV";
    case TcpState::kFinWait1: return "FIN_WAIT1";
    case TcpState::kFinWait2: return "FIN_WAIT2";
    case TcpState::kTimeWait: return "TIME_WAIT";
    case TcpState::kClose: return "CLOSE";
    case TcpState::kCloseWait: return "CLOSE_WAIT";
    case TcpState::kLastAck: return "LAST_ACK";
    case TcpState::kListen: return "LISTEN";
    case TcpState::kClosing: return "CLOSING";
    case TcpState::kNewSynRecv: return "NEW_SYN_RECV";
    }
    return {};
}

std::string_view name_of(Syscall syscall) {
    switch (syscall) {
    case Syscall::kUnknown: return {};
    case Syscall::kWrite: return "write";
    case Syscall::kWritev: return "writev";
    case Syscall::kPwritev2: return "pwritev2";
    case Syscall::kSendto: return "sendto";
    case Syscall::kSendmsg: return "sendmsg";
    case Syscall::kSendmmsg: return "sendmmsg";
    case Syscall::kSendfile: return "sendfile";
    case Syscall::kSplice: return "splice";
    case Syscall::kIoUringEnter: return "io_uring_enter";
    case Syscall::kClose: return "close";
    case Syscall::kShutdown: return "shutdown";
    case Syscall::kConnect: return "connect";
    case Syscall::kVmsplice: return "vmsplice";
    case Syscall::kTee: return "tee";
    case Syscall::kRead: return "read";
    case Syscall::kReadv: return "readv";
    case Syscall::kRecvfrom: return "recvfrom";
    case Syscall::kRecvmsg: return "recvmsg";
    case Syscall::kRecvmmsg: return "recvmmsg";
    case Syscall::kGetsockopt: return "getsockopt";
    }
    return {};
}

} // namespace tcpblame::model
