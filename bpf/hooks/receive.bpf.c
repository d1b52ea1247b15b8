// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A receiving call takes the socket's error: trace_sock_recv_length in sock_recvmsg_nosec()
 * (net/socket.c, 6.3). It runs for every receive of the machine, so it is attached only where asked
 * for: it tells who took the ECONNRESET that a later write did not get.
 */
#include "broken_call.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_receive, struct sock *sk, int ret, int flags)
{
	struct socket_notes *mine;
	struct ends ends;

	if (ret >= 0 || !says_tcp_broken(-ret) || !is_tcp(sk))
		return 0;
	ends_of(&ends, sk);
	mine = notes_on(sk);
	/* Another process may have taken it than the one that is asked about: the connection decides. */
	if (socket_passes(sk, &ends, mine))
		tell_call(WIRE_RECEIVE, ctx, sk, &ends, mine, ret);
	return 0;
}
