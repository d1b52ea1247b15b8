// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * An error is reported to a socket that lives on (ICMP with IP_RECVERR, for one):
 * trace_inet_sk_error_report in sk_error_report() (net/core/sock.c, 5.13). Where the connection
 * ended with it, the state change to CLOSE has reported the same.
 */
#include "reentry_guard.bpf.h"
#include "socket_event.bpf.h"

#include <bpf/bpf_tracing.h>

FIRST_PROGRAM(first_of_error_report);

SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(on_error_report, struct sock *sk)
{
	enter_hook(ctx, REENTRY_ERROR_REPORT, (u64)sk, &first_of_error_report);
	emit_error(sk);
	return 0;
}

SEC("tp_btf/inet_sk_error_report")
int on_error_report_nested(u64 *ctx)
{
	return run_in_its_place(ctx, REENTRY_ERROR_REPORT, ctx[0], &first_of_error_report);
}
