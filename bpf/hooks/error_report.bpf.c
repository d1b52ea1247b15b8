// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * An error is reported to a socket that lives on (ICMP with IP_RECVERR, for one):
 * trace_inet_sk_error_report in sk_error_report() (net/core/sock.c, 5.13). Where the connection
 * ended with it, the state change to CLOSE has told the same.
 */
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "socket_event.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(on_error_report, struct sock *sk)
{
	if (sk->__sk_common.skc_state == TCP_CLOSE || !sk->sk_err)
		return 0;
	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	emit_socket_event(WIRE_ERROR_REPORT, sk, notes_on(sk));
	return 0;
}
