// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A TCP socket changes its state: the tracepoint inside tcp_set_state() (net/ipv4/tcp.c, 4.16).
 * Handshakes are noted with the socket and reported with its teardown; they make no event. A new
 * listener is reported: its process is the one that will accept, and can be looked at while it lives.
 */
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "reentry_guard.bpf.h"

#include <bpf/bpf_tracing.h>

#define ECONNABORTED 103
#define SHUTDOWN_MASK 3 /* include/net/sock.h */

/* Of each kind, on each CPU. A walk takes some microseconds, as long as all else that a teardown costs. */
#define STACKS_A_SECOND 1000

static __always_inline void note_opened(struct sock *sk, const struct four_tuple *tuple, int from)
{
	struct sk_state *mine = sk_state_of(sk); /* made at SYN_SENT where the filters name the process */
	bool watched = (mine && mine->watched) || (from != TCP_SYN_SENT && listener_watched(sk, tuple));

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
	mine->closed_while_held = 0; /* by a connection before, on the same socket */
	mine->post_fin_write_reported = 0;
	mine->by_reset = 0;
	if (by_process() || config.netns_count) {
		mine->watched = 1;
		watch_flow(tuple);
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

/* FIN_WAIT2 and TIME_WAIT say only that the other end acknowledged; what is left ends something. */
static __always_inline bool part_of_teardown(int from, int to)
{
	if (from == TCP_CLOSE && to == TCP_CLOSE)
		return false;
	return from == to || config.all || to == TCP_FIN_WAIT1 || to == TCP_CLOSE_WAIT || to == TCP_LAST_ACK ||
	       to == TCP_CLOSING || to == TCP_CLOSE;
}

/* The process still holds the socket: what it will write gets an error, and its destruction is of interest. */
static __always_inline void note_closed_while_held(struct sock *sk)
{
	struct sk_state *mine = sk_state_of_new(sk);

	if (!mine)
		return;
	mine->closed_while_held = 1;
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

/*
 * The task that holds the lock has made the change itself: no RST, no timer, and no FIN of the other
 * end that it works off the backlog.
 */
static __always_inline bool is_act(struct sock *sk, int from, int to)
{
	if (!sk->sk_lock.owned || (sk->sk_err && sk->sk_err != ECONNABORTED))
		return false;
	return to == TCP_FIN_WAIT1 || to == TCP_LAST_ACK || (to == TCP_CLOSE && from != TCP_LAST_ACK);
}

/*
 * The last process that held the socket closes it, or ends: tcp_close() shuts both sides down, then aborts. (Before
 * that a connect() to nowhere may abort it, too, and the process keeps it.)
 */
static __always_inline bool lets_go(struct sock *sk, int from, int to, const struct wire_task *task)
{
	return to == TCP_CLOSE && is_act(sk, from, to) && !sk->sk_err && sk->sk_shutdown == SHUTDOWN_MASK &&
	       (task->syscall == WIRE_SYS_CLOSE || task->flags & WIRE_TASK_EXITING);
}

static __always_inline void fill_state(struct wire_state *event, struct sock *sk, const struct four_tuple *tuple,
				       struct sk_state *mine, int from, int to, u8 by_reset)
{
	fill_socket(&event->socket, TRUSTED, sk, tuple, mine);
	fill_progress(&event->progress, TRUSTED, sk, mine);
	if (event->socket.context == WIRE_CONTEXT_OWNED)
		fill_task(&event->task);
	else
		__builtin_memset(&event->task, 0, sizeof(event->task));
	event->old_state = from;
	event->new_state = to;
	event->flags = by_reset | (lets_go(sk, from, to, &event->task) ? WIRE_STATE_LAST_CLOSE : 0);
	event->reserved = 0;
	event->snd_wnd = 0;
	if (to == TCP_CLOSE && event->socket.protocol == IPPROTO_TCP) {
		event->snd_wnd = BPF_CORE_READ((const struct tcp_sock *)sk, snd_wnd);
		event->flags |= WIRE_STATE_HAS_WINDOW;
		if (!BPF_CORE_READ(sk, sk_dst_cache))
			event->flags |= WIRE_STATE_NO_ROUTE;
	}
}

/* Where very many sockets are closed at once, the first of each second say well enough who closes them, and how. */
static __always_inline bool stack_is_affordable(int to)
{
	u32 kind = to == TCP_CLOSE ? STACK_OF_ABORT : STACK_OF_CLOSE;
	struct stack_budget *mine = bpf_map_lookup_elem(&stack_budgets, &kind);
	u64 second = bpf_ktime_get_ns() / 1000000000;

	if (!mine)
		return false;
	if (mine->second != second) {
		mine->second = second;
		mine->taken = 0;
	}
	return mine->taken++ < STACKS_A_SECOND;
}

/* Gives the event's flags. */
static __always_inline u8 emit_act(void *ctx, struct sock *sk, const struct four_tuple *tuple, struct sk_state *mine,
				   int from, int to, u8 by_reset)
{
	struct wire_act *event = emit_reserve(WIRE_STATE, sizeof(*event));
	long bytes;
	u8 flags;

	if (!event)
		return 0;
	fill_state(&event->state, sk, tuple, mine, from, to, by_reset);
	flags = event->state.flags;
	bytes = bpf_get_stack(ctx, event->addresses, sizeof(event->addresses), BPF_F_USER_STACK);
	event->count = bytes > 0 ? bytes / sizeof(event->addresses[0]) : 0;
	event->reserved = 0;
	fill_stack_top(&event->top);
	event->link_register = current_link_register();
	emit_submit(event);
	return flags;
}

/* The same. */
static __always_inline u8 emit_transition(struct sock *sk, const struct four_tuple *tuple, struct sk_state *mine,
					  int from, int to, u8 by_reset)
{
	struct wire_state *event = emit_reserve(WIRE_STATE, sizeof(*event));
	u8 flags;

	if (!event)
		return 0;
	fill_state(event, sk, tuple, mine, from, to, by_reset);
	flags = event->flags;
	/* Whoever listens, or is silent at the other end, is to be looked at while it is there. */
	if (to == TCP_LISTEN || (to == TCP_CLOSE && !by_reset && event->socket.error))
		emit_submit_now(event);
	else
		emit_submit(event);
	return flags;
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
	if (is_act(sk, from, to) && stack_is_affordable(to))
		flags = emit_act(ctx, sk, &tuple, mine, old_state(ctx), new_state(ctx), by_reset);
	else
		flags = emit_transition(sk, &tuple, mine, old_state(ctx), new_state(ctx), by_reset);
	if (new_state(ctx) == TCP_CLOSE && !(flags & WIRE_STATE_LAST_CLOSE) &&
	    !(socket_flags(sk->__sk_common.skc_flags, 1) & WIRE_SOCKET_DEAD))
		note_closed_while_held(sk);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int from, int to)
{
	struct reentry_guard *mine = enter_hook(REENTRY_STATE);

	emit_change(ctx, sk);
	leave_hook(mine);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state_nested, struct sock *sk, int from, int to)
{
	if (must_run_reentry_program(REENTRY_STATE))
		emit_change(ctx, sk);
	return 0;
}
