#include "render/wording/reset_reasons.hpp"

namespace tcpblame::render {

std::string_view meaning_of(model::ResetReason reason) {
    using model::ResetReason;
    switch (reason) {
    case ResetReason::kUnknown:
    case ResetReason::kOther: return {};
    case ResetReason::kNoSocket: return "it has no socket for this connection";
    case ResetReason::kAbortOnData: return "data came after its process had closed the socket";
    case ResetReason::kTimewaitSocket: return "data came for a socket that was closed, and is remembered only";
    case ResetReason::kAbortOnClose: return "its process closed the socket with data unread";
    case ResetReason::kState: return "its socket was aborted in the state it was in: SO_LINGER 0, a disconnect, ss -K";
    case ResetReason::kKeepaliveTimeout: return "its keepalive probes had no answer";
    case ResetReason::kFlags: return "a listener got a segment of a connection that it does not know";
    case ResetReason::kInvalidSyn:
        return "a listener ended the handshake: its queue was full, it had no memory, or a SYN came in the middle of "
               "it";
    case ResetReason::kInvalidAckSequence:
        return "an acknowledgement in the handshake was for nothing that it had sent";
    case ResetReason::kPaws: return "a segment's timestamp was older than what had come before (PAWS, RFC 7323)";
    case ResetReason::kTooOldAck: return "an acknowledgement was too old to be of this connection";
    case ResetReason::kAckUnsentData: return "an acknowledgement was for data that it had not sent yet";
    case ResetReason::kOldAck: return "an acknowledgement was old where a new one was due";
    case ResetReason::kAbortOnLinger:
        return "its process closed the socket with TCP_LINGER2 below 0: it does not wait for the other end's FIN";
    case ResetReason::kAbortOnMemory:
        return "its host had no memory left for TCP (net.ipv4.tcp_mem), or too many orphans (net.ipv4.tcp_max_orphans)";
    case ResetReason::kDisconnectWithData: return "its process disconnected the socket with data not yet sent";
    case ResetReason::kMptcpUnspecified: return "MPTCP ended this subflow, and gave no reason";
    case ResetReason::kMptcpError: return "MPTCP ended this subflow: an error in its options";
    case ResetReason::kMptcpResource: return "MPTCP ended this subflow: it had no resources for it";
    case ResetReason::kMptcpProhibited: return "MPTCP ended this subflow: its settings forbid it";
    case ResetReason::kMptcpOutstanding: return "MPTCP ended this subflow: too much data was outstanding";
    case ResetReason::kMptcpPerformance: return "MPTCP ended this subflow: it was too slow";
    case ResetReason::kMptcpMiddlebox: return "MPTCP ended this subflow: something between the ends meddled with it";
    }
    return {};
}

bool says_more(model::ResetReason reason) {
    return reason >= model::ResetReason::kInvalidAckSequence || reason == model::ResetReason::kKeepaliveTimeout;
}

} // namespace tcpblame::render
