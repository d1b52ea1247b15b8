/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The plain event about a socket: how it stands, and who holds its lock if anybody does. */
#ifndef TCPBLAME_SOCKET_EVENT_BPF_H
#define TCPBLAME_SOCKET_EVENT_BPF_H

#include "emit.bpf.h"
#include "filter.bpf.h"

/* Of a socket that is no more, how far its data got says nothing: a disconnect has erased that. */
static __always_inline void fill_socket_event(struct wire_socket_event *event, u16 type, struct sock *sk,
					      const struct four_tuple *tuple, struct sk_state *mine)
{
	fill_socket(&event->socket, TRUSTED, sk, tuple, mine);
	if (type == WIRE_DESTROYED)
		__builtin_memset(&event->progress, 0, sizeof(event->progress));
	else
		fill_progress(&event->progress, TRUSTED, sk, mine);
	if (event->socket.context == WIRE_CONTEXT_OWNED)
		fill_task(&event->task);
	else
		__builtin_memset(&event->task, 0, sizeof(event->task));
}

static __always_inline void emit_socket_event(u16 type, struct sock *sk, struct sk_state *mine)
{
	struct wire_socket_event *event;
	struct four_tuple tuple;

	four_tuple_of(&tuple, TRUSTED, sk);
	if (!socket_passes(sk, &tuple, mine))
		return;
	break_kept(&tuple);
	event = emit_reserve(type, sizeof(*event));
	if (!event)
		return;
	fill_socket_event(event, type, sk, &tuple, mine);
	emit_submit(event);
}

/* An error that is reported to a socket which lives on. */
static __always_inline void emit_error(struct sock *sk)
{
	if (sk->__sk_common.skc_state == TCP_CLOSE || !sk->sk_err)
		return;
	if (sk->sk_protocol != IPPROTO_TCP)
		return;
	emit_socket_event(WIRE_ERROR_REPORT, sk, sk_state_of(sk));
}

#endif
