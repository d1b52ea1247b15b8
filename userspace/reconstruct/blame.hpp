/// Between the files of the attribution: one function for each way in which a connection ends.
#pragma once

#include "reconstruct/attribution.hpp"

namespace tcpblame::reconstruct {

void cite(Blame& blame, const model::Stamp& stamp);
/// What the peer's socket reported, in whichever recording that is.
void cite_peer(Blame& blame, const Case& broken, const model::Stamp& stamp);
void cite_write(Blame& blame, const Case& broken);

/// On which host the peer's process is; empty: on the verdict's.
std::string host_of_peer(const Case& broken);
/// What is reported of the peer for a reason: where that is in another recording, it is cited with the peer's.
void cite_peer(model::Reason& reason, Blame& blame, const Case& broken, const model::Stamp& stamp);

/// A reason that rests on one event.
model::Reason reason_at(model::ReasonCode code, model::Confidence confidence, const model::Stamp& stamp);

/// Files that are no TCP connection, and signals that no write drew (blame_files.cpp).
Blame blame_pipe(const Case& broken);
Blame blame_unix(const Case& broken);
Blame blame_sender(const Case& broken);
/// A SIGPIPE whose descriptor names another file by now.
Blame blame_moved_file(const Case& broken);

/// No connection was ever there (blame_connect.cpp).
bool was_refused(const Endpoint* us);
bool has_no_connection(const Case& broken);
Blame blame_refusal(const Case& broken);
Blame blame_no_connection(const Case& broken);

/// Our own side ended it (blame_local.cpp).
bool we_shut_down(const Case& broken);
bool we_disconnected(const Case& broken);
Blame blame_local_shutdown(const Case& broken);
Blame blame_local_abort(const Case& broken);

/// Somebody aborted our socket from outside, or a timer or the network gave it up (blame_error.cpp).
Blame blame_error(const Case& broken);
Blame blame_admin(const Case& broken, const Endpoint& aborted);
/// The network reported an error, the connection lives on, and the write got the error.
bool was_reported_to(const Case& broken);
Blame blame_report(const Case& broken);
/// An abort of the socket from outside: tcp_abort() sets ECONNABORTED (net/ipv4/tcp.c).
bool aborted_from_outside(const Endpoint& endpoint);

/// A RST ended it (blame_reset.cpp).
Blame blame_reset(const Case& broken);

/// Nothing broke (blame_orderly.cpp).
Blame blame_orderly(const Case& broken);
/// Only a FIN came, but of a process that was killed, or had not answered (blame_quiet.cpp).
Blame blame_quiet_end(const Case& broken);

/// It says how it ended, and not why: another may stand beside it.
inline bool leaves_room(const model::Reason& reason) { return reason.code == model::ReasonCode::kCrossed; }

/// Who killed the process that ended it, or asked it to stop: reasons behind what is blamed (blame_kill.cpp).
void add_reasons_of_end(Blame& blame, const Case& broken);

/// That the process which ended it passed on the end of another connection, and why that ended (blame_passed_on.cpp).
/// `why` is the blame for that one.
void add_reasons_passed_on(Blame& blame, const Case& broken, Blame&& why);

/// What had been sent before it was closed, and how long before: further reasons (blame_idle.cpp).
void add_reasons_of_silence(Blame& blame, const Case& broken);
/// The peer closed before us, of its own accord, and had sent nothing after what it was sent last: how sure that is.
std::optional<model::Confidence> closed_unanswered(const Endpoint& us, const Endpoint* peer);

} // namespace tcpblame::reconstruct
