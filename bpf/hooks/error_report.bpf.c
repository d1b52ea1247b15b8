// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * An error is reported to a socket that lives on (ICMP with IP_RECVERR, for one):
 * trace_inet_sk_error_report in sk_error_report() (net/core/sock.c, 5.13). Where the connection
 * ended with it, the state change to CLOSE has reported the same.
 */
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "reentry_guard.bpf.h"
#include "socket_event.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline bool is_tcp_family(struct sock *sk)
{
	u16 family = sk->__sk_common.skc_family;

	return family == AF_INET || family == AF_INET6;
}

static __always_inline void emit_error(struct sock *sk)
{
	if (sk->__sk_common.skc_state == TCP_CLOSE || !sk->sk_err)
		return;
	if (sk->sk_protocol != IPPROTO_TCP)
		return;
	emit_socket_event(WIRE_ERROR_REPORT, sk, sk_state_of(sk));
}

SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(on_error_report, struct sock *sk)
{
	struct reentry_guard *mine = enter_hook(REENTRY_ERROR_REPORT);

	emit_error(sk);
	leave_hook(mine);
	return 0;
}

SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(on_error_report_nested, struct sock *sk)
{
	if (must_run_reentry_program(REENTRY_ERROR_REPORT))
		emit_error(sk);
	return 0;
}

/* Before the tracepoint (5.13): what sk->sk_error_report points to for TCP (net/core/sock.c). */
SEC("fentry/sock_def_error_report")
int BPF_PROG(on_error_report_fentry, struct sock *sk)
{
	if (is_tcp_family(sk))
		emit_error(sk);
	return 0;
}
