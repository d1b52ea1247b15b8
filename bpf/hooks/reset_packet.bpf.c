// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * The packet that brings a RST, before its socket accepts it: tcp_reset() (net/ipv4/tcp_input.c) gets it since 5.11
 * (commit 049fe386d353 "tcp: parse mptcp options contained in reset packets"), and calls trace_tcp_receive_reset first
 * of all. By its arguments as they lie in the context: before 5.11 the second is none, and this is not attached.
 */
#include "reset_packet.bpf.h"

SEC("fentry/tcp_reset")
int on_reset_packet(u64 *ctx)
{
	struct sock *sk = NULL;
	const struct sk_buff *skb = NULL;

	bpf_probe_read_kernel(&sk, sizeof(sk), ctx);
	bpf_probe_read_kernel(&skb, sizeof(skb), ctx + 1);
	if (sk && skb)
		note_reset_packet(sk, skb);
	return 0;
}
