/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What is noted of a socket as its connection begins: no event, for most of them end in good order. */
#ifndef TCPBLAME_OPENING_BPF_H
#define TCPBLAME_OPENING_BPF_H

#include "filter.bpf.h"

static __always_inline void note_opened(struct sock *sk, const struct four_tuple *tuple, int from)
{
	struct sk_state *mine = sk_state_of(sk); /* made at SYN_SENT where the filters name the process */
	bool watched = (mine && mine->watched) || (by_process() && from != TCP_SYN_SENT && listener_watched(sk, tuple));

	if (!tuple_matches(tuple))
		return;
	/* From now on it has a cookie: events that only read it find one. The other end of a watched one too. */
	identity_of(TRUSTED, sk);
	if (!netns_passes(sk) || (by_process() && !watched))
		return;
	mine = sk_state_of_new(sk);
	if (!mine)
		return;
	mine->opened_by = from == TCP_SYN_SENT ? WIRE_OPENED_BY_US : WIRE_OPENED_BY_PEER;
	mine->opened_ns = bpf_ktime_get_ns();
	mine->netns = netns_of_socket(sk);
	mine->closed_while_held = 0; /* by a connection before, on the same socket */
	mine->post_fin_write_reported = 0;
	mine->by_reset = 0;
	mine->closed_in_order = 0;
	if (by_process() || config.netns_count) {
		mine->watched = 1;
		watch_flow(tuple, identity_of(TRUSTED, sk));
	}
}

static __always_inline void note_connecting(struct sock *sk)
{
	struct sk_state *mine;

	if (!by_process() || !current_passes())
		return;
	mine = sk_state_of_new(sk);
	if (mine)
		mine->watched = 1;
}

#endif
