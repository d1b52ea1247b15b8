// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A TCP socket changes its state: the tracepoint inside tcp_set_state() (net/ipv4/tcp.c, 4.16).
 * Handshakes are noted with the socket, and what an orderly end says is kept (kept.bpf.h): neither makes an event. A
 * new listener is reported: its process is the one that will accept, and can be looked at while it lives.
 */
#include "filter.bpf.h"
#include "opening.bpf.h"
#include "reentry_guard.bpf.h"
#include "state_keeping.bpf.h"

#include <bpf/bpf_tracing.h>

/* FIN_WAIT2 and TIME_WAIT say only that the other end acknowledged; what is left ends something. */
static __always_inline bool part_of_teardown(int from, int to)
{
	if (from == TCP_CLOSE && to == TCP_CLOSE)
		return false;
	return from == to || config.all || to == TCP_FIN_WAIT1 || to == TCP_CLOSE_WAIT || to == TCP_LAST_ACK ||
	       to == TCP_CLOSING || to == TCP_CLOSE;
}

/* The process still holds the socket: what it will write gets an error, and its destruction is of interest. */
static __always_inline void note_closed_while_held(struct sock *sk, bool in_order)
{
	struct sk_state *mine = sk_state_of_new(sk);

	if (!mine)
		return;
	mine->closed_while_held = 1;
	mine->closed_in_order = in_order;
	mine->watched = 1; /* a disconnect erases the ports by which the filters knew it */
}

/* The RST that was noted leads to this change, or to none. */
static __always_inline u8 take_by_reset(struct sk_state *mine)
{
	u8 by_reset;

	if (!mine)
		return 0;
	by_reset = mine->by_reset;
	mine->by_reset = 0;
	return by_reset;
}

/* A listener's end may be the end of connections of any process: what waited in its queue is aborted. */
static __always_inline bool concerns_us(struct sock *sk, const struct four_tuple *tuple, struct sk_state *mine,
					int from)
{
	if (from == TCP_LISTEN && by_process())
		return tuple_matches(tuple) && netns_passes(sk);
	return socket_passes(sk, tuple, mine);
}

/*
 * Read anew from the context. What tests have taught the verifier of a value goes with it: it would walk all that
 * follows once for each state that there is.
 */
static __always_inline int old_state(const u64 *ctx)
{
	return *(const volatile int *)&ctx[1];
}

static __always_inline int new_state(const u64 *ctx)
{
	return *(const volatile int *)&ctx[2];
}

/* The connection is over. What its process still holds is to be known when it closes it. */
static __always_inline void note_closed(struct sock *sk, const struct four_tuple *tuple, u8 flags)
{
	if (tuple->remote_port)
		mark_kept(tuple, identity_of(TRUSTED, sk), KEPT_SENT | KEPT_ENDED);
	if (!(flags & WIRE_STATE_LAST_CLOSE) && !is_dead(sk))
		note_closed_while_held(sk, false);
}

static __always_inline void emit_change(u64 *ctx, struct sock *sk)
{
	int from = old_state(ctx);
	int to = new_state(ctx);
	struct four_tuple tuple;
	struct sk_state *mine;
	u8 by_reset; /* WIRE_STATE_BY_RESET or 0 */
	u8 flags;

	if (sk->sk_protocol != IPPROTO_TCP && sk->sk_protocol != IPPROTO_MPTCP)
		return;
	if (to == TCP_SYN_SENT) {
		note_connecting(sk);
		return;
	}
	if (to != TCP_ESTABLISHED && to != TCP_LISTEN && !part_of_teardown(from, to))
		return;
	four_tuple_of(&tuple, TRUSTED, sk);
	from = old_state(ctx);
	to = new_state(ctx);
	if (to == TCP_ESTABLISHED) {
		note_opened(sk, &tuple, from);
		return;
	}
	if (to == TCP_LISTEN && by_process() && current_passes())
		watch_listener(sk, &tuple);
	mine = sk_state_of(sk);
	by_reset = take_by_reset(mine);
	if (!concerns_us(sk, &tuple, mine, from))
		return;
	if (keeps() && mine && is_sampled(sk, from, to))
		mine->known = 1;
	if (keeps() && !by_reset && !(mine && mine->known) && in_order(sk, from, to) &&
	    (is_over(sk, &tuple, to) || keep_change(ctx, sk, &tuple, mine, old_state(ctx), new_state(ctx)))) {
		if (new_state(ctx) == TCP_CLOSE && !is_dead(sk))
			note_closed_while_held(sk, true);
		return;
	}
	send_kept_of(sk, &tuple, old_state(ctx), new_state(ctx), by_reset);
	if (is_act(sk, old_state(ctx), new_state(ctx)))
		flags = emit_act(ctx, sk, &tuple, mine, old_state(ctx), new_state(ctx), by_reset);
	else
		flags = emit_transition(sk, &tuple, mine, old_state(ctx), new_state(ctx), by_reset);
	if (new_state(ctx) == TCP_CLOSE)
		note_closed(sk, &tuple, flags);
	else if (ends_quietly(sk, old_state(ctx), new_state(ctx)))
		mark_kept_for(KEPT_TO_FILL, &tuple, identity_of(TRUSTED, sk), KEPT_SENT);
}

FIRST_PROGRAM(first_of_state);

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int from, int to)
{
	enter_hook(ctx, REENTRY_STATE, (u64)sk, &first_of_state);
	emit_change(ctx, sk);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int on_state_nested(u64 *ctx)
{
	return run_in_its_place(ctx, REENTRY_STATE, ctx[0], &first_of_state);
}
