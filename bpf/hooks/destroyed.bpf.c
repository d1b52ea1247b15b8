// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A socket is no more: trace_tcp_destroy_sock in tcp_v4_destroy_sock() (net/ipv4/tcp_ipv4.c, 4.16).
 * Reported only where the process had held on to it after its connection's end: there nothing else
 * says that no further write can come. sk_err that is still set was taken by nobody.
 */
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "socket_event.bpf.h"

#include <bpf/bpf_tracing.h>

/* Its connection ended in good order, and nothing has broken since. */
static __always_inline bool was_kept(struct sock *sk, const struct sk_state *mine)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;
	struct four_tuple tuple;

	if (!keeps() || !mine->closed_in_order)
		return false;
	four_tuple_of(&tuple, TRUSTED, sk);
	return kept_end(hash_of_tuple(&tuple), cookie);
}

static __always_inline void emit_destroyed(struct sock *sk)
{
	struct sk_state *mine = sk_state_of(sk);

	if (mine && mine->closed_while_held && !was_kept(sk, mine))
		emit_socket_event(WIRE_DESTROYED, sk, mine);
	delete_sk_state(sk);
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroyed, struct sock *sk)
{
	emit_destroyed(sk);
	return 0;
}
