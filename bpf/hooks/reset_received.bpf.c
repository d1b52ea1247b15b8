// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A socket accepts a RST: trace_tcp_receive_reset in tcp_reset() (net/ipv4/tcp_input.c, 4.16).
 * Also fires, with no RST received, where the socket is about to send one itself (data after
 * close, tcp_rcv_state_process): the reader tells the two apart by the reset_sent that follows.
 */
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "socket_event.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(on_reset_received, struct sock *sk)
{
	if (sk->__sk_common.skc_state == TCP_CLOSE) /* the RST changes nothing any more */
		return 0;
	emit_socket_event(WIRE_RESET_RECEIVED, sk, notes_on(sk));
	return 0;
}
