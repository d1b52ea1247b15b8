/// Which of the RSTs that were sent is the one that came.
#pragma once

#include "reconstruct/attribution.hpp"

namespace tcpblame::reconstruct {

/// The RST that the other end sent, if it is the one that we received; else nullptr.
const SentReset* reset_of_peer(const Case& broken);
/// The same, whoever on this host sent it.
const SentReset* reset_that_came(const Case& broken);

/// The RST answers a segment of ours: data, a FIN, the probe of a silent connection.
bool answers_us(const SentReset& sent, const Case& broken);

/// What was seen of the other end leaves no room for a RST that it sent.
bool peer_sent_none(const Case& broken);

/// Had the other end sent a RST, or its host in its name, it would have been seen. (One that was traced long after may
/// be the one that came: a task may be preempted between the two.)
bool would_have_seen_it(const Case& broken);

} // namespace tcpblame::reconstruct
