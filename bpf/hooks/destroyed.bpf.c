// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A socket is no more: trace_tcp_destroy_sock in tcp_v4_destroy_sock() (net/ipv4/tcp_ipv4.c, 4.16).
 * Told only where the process had held on to it after its connection's end: there nothing else
 * says that no further write can come. sk_err that is still set was taken by nobody.
 */
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "socket_event.bpf.h"
#include "stand_in.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline void tell_destroyed(struct sock *sk)
{
	struct socket_notes *mine = notes_on(sk);

	if (mine && mine->outlived)
		emit_socket_event(WIRE_DESTROYED, sk, mine);
	forget_notes(sk);
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroyed, struct sock *sk)
{
	struct running *mine = begin_running(RUNNING_DESTROYED);

	tell_destroyed(sk);
	end_running(mine);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroyed_nested, struct sock *sk)
{
	if (must_stand_in(RUNNING_DESTROYED))
		tell_destroyed(sk);
	return 0;
}
