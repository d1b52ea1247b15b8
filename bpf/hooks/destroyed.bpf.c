// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A socket is no more: trace_tcp_destroy_sock in tcp_v4_destroy_sock() (net/ipv4/tcp_ipv4.c, 4.16).
 * Told only where the process had held on to it after its connection's end: there nothing else
 * says that no further write can come. sk_err that is still set was taken by nobody.
 */
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "socket_event.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroyed, struct sock *sk)
{
	struct socket_notes *mine = notes_on(sk);

	if (!mine || !mine->outlived)
		return 0;
	emit_socket_event(WIRE_DESTROYED, sk, mine);
	return 0;
}
