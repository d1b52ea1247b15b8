// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * An error is reported to a socket that lives on, before the tracepoint for that (5.13): what sk->sk_error_report
 * points to for TCP, sock_def_error_report() (net/core/sock.c).
 */
#include "socket_event.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline bool is_tcp_family(struct sock *sk)
{
	u16 family = sk->__sk_common.skc_family;

	return family == AF_INET || family == AF_INET6;
}

SEC("fentry/sock_def_error_report")
int BPF_PROG(on_error_report_fentry, struct sock *sk)
{
	if (is_tcp_family(sk))
		emit_error(sk);
	return 0;
}
