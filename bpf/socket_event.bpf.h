/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The plain event about a socket: how it stands, and who holds its lock if anybody does. */
#ifndef TCPBLAME_SOCKET_EVENT_BPF_H
#define TCPBLAME_SOCKET_EVENT_BPF_H

#include "emit.bpf.h"
#include "filter.bpf.h"

/* Of a socket that is no more, how far its data got says nothing: a disconnect has erased that. */
static __always_inline void emit_socket_event(u16 type, struct sock *sk, struct socket_notes *mine)
{
	struct wire_socket_event *event;
	struct ends ends;

	ends_of(&ends, sk);
	if (!socket_passes(sk, &ends, mine))
		return;
	event = emit_reserve(type, sizeof(*event));
	if (!event)
		return;
	put_socket(&event->socket, sk, &ends, mine);
	if (type == WIRE_DESTROYED)
		__builtin_memset(&event->progress, 0, sizeof(event->progress));
	else
		put_progress(&event->progress, sk, mine);
	if (event->socket.context == WIRE_CONTEXT_OWNED)
		put_task(&event->task);
	else
		__builtin_memset(&event->task, 0, sizeof(event->task));
	emit_submit(event);
}

#endif
