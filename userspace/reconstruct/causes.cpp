#include "reconstruct/causes.hpp"

namespace tcpblame::reconstruct {

std::string_view advice_for(model::Cause cause) {
    using model::Cause;
    switch (cause) {
    case Cause::kPeerClosed:
        return "treat read()==0 or EPOLLRDHUP as the end before writing; MSG_NOSIGNAL turns the kill into an error "
               "you can handle";
    case Cause::kPeerAborted:
        return "ask why the other side aborts: it closes without reading all it got, sets SO_LINGER 0, or dies; here, "
               "handle ECONNRESET and reconnect";
    case Cause::kLocalShutdown: return "find who calls shutdown(SHUT_WR) on this socket, and write nothing after it";
    case Cause::kRefused:
        return "check that the server runs and listens on this very address and port, then connect again";
    case Cause::kNeverConnected:
        return "check connect()'s result before writing; a non-blocking connect is done when SO_ERROR says 0";
    case Cause::kPipeReaderGone:
        return "the reader ended early (as in \"| head\"): stop writing on EPIPE, or ignore SIGPIPE and handle the "
               "error";
    case Cause::kUnixPeerClosed:
        return "treat read()==0 or EPOLLHUP as the end before writing; MSG_NOSIGNAL turns the kill into an error you "
               "can handle";
    case Cause::kTimedOut:
        return "find out why the peer fell silent (host down, packets dropped, process stopped), and reconnect on "
               "ETIMEDOUT";
    case Cause::kUnreachable: return "look at routes, neighbours and firewalls on the way, and reconnect";
    case Cause::kKilledByAdmin: return "ask who ran ss -K (or the like) against this connection; reconnect";
    case Cause::kLocalAbort: return "find who disconnects this socket in our own program";
    case Cause::kUnknownConnection:
        return "the peer's host restarted, lost the connection, or something between forgot it: keep it alive with "
               "SO_KEEPALIVE below that time, and reconnect";
    case Cause::kSentByProcess: return "ask why it was sent: no write was broken";
    case Cause::kOrderly: return "nothing to do";
    case Cause::kUnknown: return "attach before the connection ends: tcpblame tells only what it has seen";
    }
    return {};
}

} // namespace tcpblame::reconstruct
