// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A receiving call takes the socket's error: trace_sock_recv_length in sock_recvmsg_nosec()
 * (net/socket.c, 6.3). It runs for every receive of the machine, so it is attached only where asked
 * for: it reports who took the ECONNRESET that a later write did not get.
 */
#include "broken_call.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_receive, struct sock *sk, int ret, int flags)
{
	struct sk_state *mine;
	struct four_tuple tuple;

	if (ret >= 0 || !says_tcp_broken(-ret) || !is_tcp(TRUSTED, sk))
		return 0;
	four_tuple_of(&tuple, TRUSTED, sk);
	mine = sk_state_of(sk);
	/* Another process may have taken it than the one that is asked about: the connection decides. */
	if (socket_passes(sk, &tuple, mine))
		emit_call(WIRE_RECEIVE, ctx, TRUSTED, sk, &tuple, mine, ret, false);
	return 0;
}
