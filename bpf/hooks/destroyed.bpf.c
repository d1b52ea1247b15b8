// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A socket is no more: trace_tcp_destroy_sock in tcp_v4_destroy_sock() (net/ipv4/tcp_ipv4.c, 4.16).
 * Reported only where the process had held on to it after its connection's end: there nothing else
 * says that no further write can come. sk_err that is still set was taken by nobody.
 */
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "reentry_guard.bpf.h"
#include "socket_event.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline void emit_destroyed(struct sock *sk)
{
	struct sk_state *mine = sk_state_of(sk);

	if (mine && mine->closed_while_held)
		emit_socket_event(WIRE_DESTROYED, sk, mine);
	delete_sk_state(sk);
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroyed, struct sock *sk)
{
	struct reentry_guard *mine = enter_hook(REENTRY_DESTROYED);

	emit_destroyed(sk);
	leave_hook(mine);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroyed_nested, struct sock *sk)
{
	if (must_run_reentry_program(REENTRY_DESTROYED))
		emit_destroyed(sk);
	return 0;
}
