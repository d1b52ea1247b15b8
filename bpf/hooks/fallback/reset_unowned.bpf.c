// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A RST that no full socket sends, before 6.10: until commit 19822a980e19 ("trace: tcp: fully support
 * trace_tcp_send_reset") the tracepoint was silent about those. tcp_v4_send_reset() (net/ipv4/tcp_ipv4.c) and
 * tcp_v6_send_reset() (net/ipv6/tcp_ipv6.c), by their arguments as they lie in the context.
 */
#include "reset_answer.bpf.h"

#include <bpf/bpf_tracing.h>

/* What the functions themselves test first; the tracepoint reports full sockets. */
static __always_inline void emit_unowned(struct sock *sk, const struct sk_buff *skb)
{
	const unsigned char *tcp;
	u8 flags = 0;

	if (!skb || (sk && state_is_full_socket(BPF_CORE_READ(sk, __sk_common.skc_state))))
		return;
	tcp = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, transport_header);
	bpf_probe_read_kernel(&flags, sizeof(flags), tcp + TCP_FLAGS_OFFSET);
	if (flags & TCP_FLAG_RST_BIT) /* no RST is answered with one */
		return;
	emit_answer(sk, skb, sk ? WIRE_REASON_TIMEWAIT_SOCKET : WIRE_REASON_NO_SOCKET);
}

/* Read, for what the verifier takes for never NULL is so here, often. */
static __always_inline void emit_unowned_of(void *ctx)
{
	struct sock *sk = NULL;
	const struct sk_buff *skb = NULL;

	bpf_probe_read_kernel(&sk, sizeof(sk), ctx);
	bpf_probe_read_kernel(&skb, sizeof(skb), (const u64 *)ctx + 1);
	emit_unowned(sk, skb);
}

SEC("fentry/tcp_v4_send_reset")
int on_reset_unowned_v4_fentry(u64 *ctx)
{
	emit_unowned_of(ctx);
	return 0;
}

SEC("fentry/tcp_v6_send_reset")
int on_reset_unowned_v6_fentry(u64 *ctx)
{
	emit_unowned_of(ctx);
	return 0;
}

SEC("kprobe/tcp_v4_send_reset")
int on_reset_unowned_v4_kprobe(struct pt_regs *ctx)
{
	emit_unowned((struct sock *)function_arg1(ctx), (const struct sk_buff *)function_arg2(ctx));
	return 0;
}

SEC("kprobe/tcp_v6_send_reset")
int on_reset_unowned_v6_kprobe(struct pt_regs *ctx)
{
	emit_unowned((struct sock *)function_arg1(ctx), (const struct sk_buff *)function_arg2(ctx));
	return 0;
}
