// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * An error is reported to a socket that lives on (ICMP with IP_RECVERR, for one):
 * trace_inet_sk_error_report in sk_error_report() (net/core/sock.c, 5.13). Where the connection
 * ended with it, the state change to CLOSE has reported the same.
 */
#include "reentry_guard.bpf.h"
#include "socket_event.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(on_error_report, struct sock *sk)
{
	enter_hook(REENTRY_ERROR_REPORT);
	emit_error(sk);
	leave_hook(REENTRY_ERROR_REPORT);
	return 0;
}

SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(on_error_report_nested, struct sock *sk)
{
	if (must_run_reentry_program(REENTRY_ERROR_REPORT))
		emit_error(sk);
	return 0;
}
