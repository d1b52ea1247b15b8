// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A send returns: trace_sock_send_length in sock_sendmsg_nosec() (net/socket.c, 6.3).
 *
 * It runs for every send of the machine, so the first test ends it for one that succeeds on a
 * connection in ESTABLISHED. What is left: sends that failed because something broke, and the first
 * one on a connection that succeeded though the peer had closed (the kernel took the bytes, the
 * peer will not).
 */
#include "broken_call.bpf.h"

#include <bpf/bpf_tracing.h>

/* A peer that only half-closes may be written to for hours: one such write a connection is told. */
static __always_inline bool first_after_fin(struct sock *sk, struct socket_notes *mine)
{
	u8 state = sk->__sk_common.skc_state;

	if (state != TCP_CLOSE_WAIT && state != TCP_CLOSE && state != TCP_LAST_ACK)
		return false;
	if (!mine || mine->told_written)
		return false;
	mine->told_written = 1;
	return true;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send, struct sock *sk, int ret, int flags)
{
	struct socket_notes *mine = NULL;
	struct ends ends;

	if (ret >= 0 && sk->__sk_common.skc_state == TCP_ESTABLISHED)
		return 0;
	if (ret == 0 || (ret < 0 && !says_tcp_broken(-ret)))
		return 0;
	if (is_tcp(sk)) {
		ends_of(&ends, sk);
		mine = notes_on(sk);
		if (ret > 0 && !first_after_fin(sk, mine))
			return 0;
		/* The kernel erases the ends of a failed connect: notes made before stand in for them. */
		if (!(mine && mine->watched) && !(ends_pass(&ends) && netns_passes(sk)))
			return 0;
	} else {
		if (ret > 0 || !says_broken(-ret) || sk->__sk_common.skc_family != AF_UNIX || !portless_files_pass())
			return 0;
		__builtin_memset(&ends, 0, sizeof(ends));
	}
	if (current_passes())
		tell_call(WIRE_SEND, ctx, sk, &ends, mine, ret);
	return 0;
}
