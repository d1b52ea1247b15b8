/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What an event, or what is kept in place of one, says of a change of state. */
#ifndef TCPBLAME_STATE_EVENT_BPF_H
#define TCPBLAME_STATE_EVENT_BPF_H

#include "emit.bpf.h"
#include "socket.bpf.h"
#include "task.bpf.h"
#include "user_stack.bpf.h"

#define ECONNABORTED 103
#define SHUTDOWN_MASK 3 /* include/net/sock.h */

/* Of each process, by each call. A walk takes some microseconds, as long as all else that a teardown costs. */
#define STACKS_A_SECOND 64

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
static __always_inline bool is_last_close(struct sock *sk, int from, int to, const struct wire_task *task)
{
	return to == TCP_CLOSE && is_act(sk, from, to) && !sk->sk_err && sk->sk_shutdown == SHUTDOWN_MASK &&
	       (task->syscall == WIRE_SYS_CLOSE || task->flags & WIRE_TASK_EXITING);
}

static __always_inline void fill_change(struct wire_state *event, struct sock *sk, int from, int to, u8 flags)
{
	if (event->socket.context == WIRE_CONTEXT_OWNED)
		fill_task(&event->task);
	else
		__builtin_memset(&event->task, 0, sizeof(event->task));
	event->old_state = from;
	event->new_state = to;
	event->flags = flags | (is_last_close(sk, from, to, &event->task) ? WIRE_STATE_LAST_CLOSE : 0);
	event->reserved = 0;
	event->snd_wnd = 0;
}

/* Of an orderly end: neither what says why there was no answer, nor what encrypts. */
static __always_inline void fill_orderly_state(struct wire_state *event, struct sock *sk,
					       const struct four_tuple *tuple, struct sk_state *mine, int from, int to)
{
	fill_socket_itself(&event->socket, TRUSTED, sk, tuple, mine);
	fill_numbers(&event->progress, TRUSTED, tcp_sock_of(TRUSTED, sk), mine);
	fill_change(event, sk, from, to, 0);
}

static __always_inline void fill_state(struct wire_state *event, struct sock *sk, const struct four_tuple *tuple,
				       struct sk_state *mine, int from, int to, u8 by_reset)
{
	fill_socket(&event->socket, TRUSTED, sk, tuple, mine);
	fill_progress(&event->progress, TRUSTED, sk, mine);
	fill_change(event, sk, from, to, by_reset);
	if (to != TCP_CLOSE || event->socket.protocol != IPPROTO_TCP)
		return;
	event->snd_wnd = BPF_CORE_READ((const struct tcp_sock *)sk, snd_wnd);
	event->flags |= WIRE_STATE_HAS_WINDOW;
	if (!BPF_CORE_READ(sk, sk_dst_cache))
		event->flags |= WIRE_STATE_NO_ROUTE;
}

/* Of two places that a kind may have, its own; else one that is of no use in this second; else none. */
static __always_inline struct stack_budget *stack_budget_of(u64 kind, u64 second)
{
	u32 at = (u32)((kind * 0x9e3779b97f4a7c15ULL) >> 32) & (STACK_BUDGETS - 1);
	struct stack_budget *one = &stack_budgets[at];
	struct stack_budget *other = &stack_budgets[at ^ 1];

	if (one->kind == kind)
		return one;
	if (other->kind == kind)
		return other;
	if (one->second != second)
		return one;
	return other->second != second ? other : NULL;
}

/* The first of each kind in a second say well enough who closes sockets, and how. */
static __always_inline bool stack_is_affordable(const struct wire_state *event)
{
	u32 process = bpf_get_current_pid_tgid() >> 32;
	bool aborts = event->new_state == TCP_CLOSE;
	u64 kind = (u64)process << 16 | event->task.syscall << 1 | aborts;
	u64 second = event->header.time_ns / 1000000000;
	struct stack_budget *mine = config.no_stacks ? NULL : stack_budget_of(kind, second);

	if (!mine)
		return false;
	if (mine->kind != kind || mine->second != second) {
		mine->kind = kind;
		mine->second = second;
		mine->taken = 0;
		__builtin_memcpy(mine->name, event->task.name, sizeof(mine->name));
		mine->pid = event->task.flags & WIRE_TASK_EXITING ? 0 : event->task.pid;
	}
	return mine->taken++ < STACKS_A_SECOND;
}

static __always_inline void fill_act_stack(struct wire_act *event, void *ctx)
{
	long bytes = bpf_get_stack(ctx, event->addresses, sizeof(event->addresses), BPF_F_USER_STACK);

	event->count = bytes > 0 ? bytes / sizeof(event->addresses[0]) : 0;
	event->kept_with_stack = 0;
	event->unwound = 0;
	event->unwound_at = 0;
	fill_stack_top(&event->top);
	event->link_register = current_link_register();
}

/* Gives the event's flags. */
static __always_inline u8 emit_act(void *ctx, struct sock *sk, const struct four_tuple *tuple, struct sk_state *mine,
				   int from, int to, u8 by_reset)
{
	struct wire_act *event;
	u8 flags;

	if (to == TCP_CLOSE && from != TCP_LISTEN) /* an abort: it breaks the connection */
		copy_user_stack();
	event = emit_reserve(WIRE_STATE, sizeof(*event));
	if (!event)
		return 0;
	fill_state(&event->state, sk, tuple, mine, from, to, by_reset);
	flags = event->state.flags;
	if (stack_is_affordable(&event->state))
		fill_act_stack(event, ctx);
	else
		__builtin_memset(&event->count, 0, sizeof(*event) - sizeof(event->state));
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

#endif
