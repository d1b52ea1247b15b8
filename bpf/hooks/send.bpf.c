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

/* A peer that only half-closes may be written to for hours: one such write a connection is reported. */
static __always_inline bool first_after_fin(struct sock *sk, struct sk_state *mine)
{
	u8 state = sk->__sk_common.skc_state;

	if (state != TCP_CLOSE_WAIT && state != TCP_CLOSE && state != TCP_LAST_ACK)
		return false;
	if (!mine || mine->post_fin_write_reported)
		return false;
	mine->post_fin_write_reported = 1;
	return true;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send, struct sock *sk, int ret, int flags)
{
	struct sk_state *mine = NULL;
	struct four_tuple tuple;

	if (ret >= 0 && sk->__sk_common.skc_state == TCP_ESTABLISHED)
		return 0;
	if (ret == 0 || (ret < 0 && !says_tcp_broken(-ret)))
		return 0;
	if (is_tcp(TRUSTED, sk)) {
		four_tuple_of(&tuple, TRUSTED, sk);
		mine = sk_state_of(sk);
		if (ret > 0 && !first_after_fin(sk, mine))
			return 0;
		/* The kernel erases the four-tuple of a failed connect: notes made before stand in for them. */
		if (!(mine && mine->watched) && !(tuple_matches(&tuple) && netns_passes(sk)))
			return 0;
	} else {
		if (ret > 0 || !says_broken(-ret) || sk->__sk_common.skc_family != AF_UNIX || !portless_files_pass())
			return 0;
		__builtin_memset(&tuple, 0, sizeof(tuple));
	}
	if (caller_passes(&tuple, mine))
		emit_call(WIRE_SEND, ctx, TRUSTED, sk, &tuple, mine, ret, false);
	return 0;
}
