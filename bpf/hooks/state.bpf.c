// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A TCP socket changes its state: the tracepoint inside tcp_set_state() (net/ipv4/tcp.c, 4.16).
 * Handshakes are noted with the socket and told with its teardown; they make no event. A new
 * listener is told: its process is the one that will accept, and can be looked at while it lives.
 */
#include "emit.bpf.h"
#include "filter.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline void note_opened(struct sock *sk, const struct ends *ends, int old)
{
	struct socket_notes *mine = notes_on(sk); /* made at SYN_SENT where the filters name the process */
	bool watched = (mine && mine->watched) || (old != TCP_SYN_SENT && listener_watched(sk, ends));

	if (!ends_pass(ends) || (by_process() && !watched))
		return;
	mine = notes_on_new(sk);
	if (!mine)
		return;
	mine->opened_by = old == TCP_SYN_SENT ? WIRE_OPENED_BY_US : WIRE_OPENED_BY_PEER;
	mine->opened_ns = bpf_ktime_get_ns();
	if (by_process()) {
		mine->watched = 1;
		watch_flow(ends);
	}
}

static __always_inline void note_connecting(struct sock *sk)
{
	struct socket_notes *mine;

	if (!by_process() || !current_passes())
		return;
	mine = notes_on_new(sk);
	if (mine)
		mine->watched = 1;
}

/* FIN_WAIT2 and TIME_WAIT say only that the other end acknowledged; what is left ends something. */
static __always_inline bool part_of_teardown(int old, int new)
{
	if (old == TCP_LISTEN || (old == TCP_CLOSE && new == TCP_CLOSE))
		return false;
	return old == new || new == TCP_FIN_WAIT1 || new == TCP_CLOSE_WAIT || new == TCP_LAST_ACK ||
	       new == TCP_CLOSING || new == TCP_CLOSE;
}

/* The process still holds the socket: what it will write gets an error, and its destruction is of interest. */
static __always_inline void note_outlived(struct sock *sk)
{
	struct socket_notes *mine = notes_on_new(sk);

	if (!mine)
		return;
	mine->outlived = 1;
	mine->watched = 1; /* a disconnect erases the ports by which the filters knew it */
}

static __always_inline void tell(struct sock *sk, const struct ends *ends, struct socket_notes *mine, int old, int new)
{
	struct wire_state *event = emit_reserve(WIRE_STATE, sizeof(*event));

	if (!event)
		return;
	put_socket(&event->socket, sk, ends, mine);
	put_progress(&event->progress, sk, mine);
	if (event->socket.context == WIRE_CONTEXT_OWNED)
		put_task(&event->task);
	else
		__builtin_memset(&event->task, 0, sizeof(event->task));
	event->old_state = old;
	event->new_state = new;
	event->reserved = 0;
	event->reserved2 = 0;
	if (new == TCP_LISTEN)
		emit_submit_now(event);
	else
		emit_submit(event);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int old, int new)
{
	struct ends ends;
	struct socket_notes *mine;

	if (sk->sk_protocol != IPPROTO_TCP && sk->sk_protocol != IPPROTO_MPTCP)
		return 0;
	if (new == TCP_SYN_SENT) {
		note_connecting(sk);
		return 0;
	}
	if (new != TCP_ESTABLISHED &&new != TCP_LISTEN && !part_of_teardown(old, new))
		return 0;
	ends_of(&ends, sk);
	if (new == TCP_ESTABLISHED) {
		note_opened(sk, &ends, old);
		return 0;
	}
	if (new == TCP_LISTEN && by_process() && current_passes())
		watch_listener(sk, &ends);
	mine = notes_on(sk);
	if (!socket_passes(sk, &ends, mine))
		return 0;
	tell(sk, &ends, mine, old, new);
	if (new == TCP_CLOSE && !(socket_flags(sk->__sk_common.skc_flags, 1) & WIRE_SOCKET_DEAD))
		note_outlived(sk);
	return 0;
}
