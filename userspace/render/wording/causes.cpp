#include "render/wording/causes.hpp"

namespace tcpblame::render {
namespace {

constexpr std::string_view kTurnIntoAnError = "MSG_NOSIGNAL turns the kill into an error you can handle";

} // namespace

CauseWords words_for(model::Cause cause) {
    using model::Cause;
    switch (cause) {
    case Cause::kPeerClosed:
        return {"the peer's FIN came first, we wrote, and the peer's host answered with a RST",
                "treat read()==0 or EPOLLRDHUP as the end before writing", kTurnIntoAnError};
    case Cause::kPeerAborted:
        return {"the peer's side sent a RST of its own accord, not in answer to what we wrote",
                "ask why the other side aborts: it closes without reading all it got, sets SO_LINGER 0, or dies; here, "
                "handle ECONNRESET and reconnect"};
    case Cause::kLocalShutdown:
        return {"we had shut down our own sending side",
                "find who calls shutdown(SHUT_WR) on this socket, and write nothing after it"};
    case Cause::kRefused:
        return {"our SYN was answered with a RST",
                "check that the server runs and listens on this very address and port, then connect again"};
    case Cause::kNeverConnected:
        return {"a write on a socket that has no connection",
                "check connect()'s result before writing; a non-blocking connect is done when SO_ERROR says 0"};
    case Cause::kPipeReaderGone:
        return {"a pipe whose reading end is closed",
                "the reader ended early (as in \"| head\"): stop writing on EPIPE, or ignore SIGPIPE and handle the "
                "error"};
    case Cause::kUnixPeerClosed:
        return {"a unix socket whose other end is closed", "treat read()==0 or EPOLLHUP as the end before writing",
                kTurnIntoAnError};
    case Cause::kTimedOut:
        return {"retransmissions, TCP_USER_TIMEOUT, keepalive or probes of a closed window gave the peer up",
                "find out why the peer fell silent (host down, packets dropped, process stopped), and reconnect on "
                "ETIMEDOUT"};
    case Cause::kUnreachable:
        return {"the network said that the peer cannot be reached, until TCP gave up",
                "look at routes, neighbours and firewalls on the way, and reconnect"};
    case Cause::kKilledByAdmin:
        return {"the socket was aborted from outside, by ss -K or the like",
                "ask who ran ss -K (or the like) against this connection; reconnect"};
    case Cause::kLocalAbort:
        return {"our own side disconnected the socket", "find who disconnects this socket in our own program"};
    case Cause::kUnknownConnection:
        return {"the peer's host does not know the connection (any more)",
                "the peer's host restarted, lost the connection, or something between forgot it: keep it alive with "
                "SO_KEEPALIVE below that time, and reconnect"};
    case Cause::kSentByProcess:
        return {"a SIGPIPE that a process sent, not the kernel", "ask why it was sent: no write was broken"};
    case Cause::kOrderly: return {"nothing broke: both sides closed", "nothing to do"};
    case Cause::kUnknown:
        return {"the evidence does not suffice; the verdict says why",
                "attach before the connection ends: tcpblame reports only what it has seen"};
    }
    return {};
}

std::string_view meaning_of(model::Modifier modifier) {
    switch (modifier) {
    case model::Modifier::kErrorAlreadyTaken:
        return "beside a cause: an earlier call took the socket's error, and this write got the EPIPE that was left";
    }
    return {};
}

} // namespace tcpblame::render
