// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * This host sends a RST: trace_tcp_send_reset (4.16), in tcp_send_active_reset() of a socket's own
 * accord (net/ipv4/tcp_output.c), and in tcp_v4/v6_send_reset() as the answer to a segment.
 *
 * A raw tracepoint with plain arguments: since 6.12.19 and 6.13.7 (commit 838a10bd2ebf "bpf: Augment
 * raw_tp arguments with PTR_MAYBE_NULL") the typed ones are refused where they are not tested, and
 * before that the verifier deleted the tests.
 */
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "reentry_guard.bpf.h"
#include "reset_answer.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline void emit_abort(struct sock *sk, u8 reason)
{
	struct wire_reset_sent *event;
	struct four_tuple tuple;

	four_tuple_of(&tuple, READ, sk);
	if (!tuple_wanted(&tuple, netns_of(sk, NULL)))
		return;
	break_kept(&tuple);
	event = emit_reserve(WIRE_RESET_SENT, sizeof(*event));
	if (!event)
		return;
	fill_socket(&event->socket, READ, sk, &tuple, NULL);
	if (event->socket.context == WIRE_CONTEXT_OWNED)
		fill_task(&event->task);
	else
		__builtin_memset(&event->task, 0, sizeof(event->task));
	event->segment_seq = 0;
	event->segment_len = 0;
	event->segment_flags = 0;
	event->own_nxt = BPF_CORE_READ((const struct tcp_sock *)sk, snd_nxt);
	event->kind = WIRE_RESET_ACTIVE;
	event->reason = reason;
	fill_queue(event, NULL);
	emit_submit(event);
}

static __always_inline void emit_reset(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (struct sock *)ctx->args[0];
	const struct sk_buff *skb = (const struct sk_buff *)ctx->args[1];
	u8 reason = has_reset_reason() ? reason_of(reset_reason_argument(ctx)) : WIRE_REASON_UNKNOWN;

	if (skb)
		emit_answer(sk, skb, reason);
	else if (sk)
		emit_abort(sk, reason);
}

FIRST_PROGRAM(first_of_reset_sent);

/* A socket or a segment, or both. */
static __always_inline u64 reset_event_id(const struct bpf_raw_tracepoint_args *ctx)
{
	return ctx->args[0] ^ ctx->args[1] << 8;
}

SEC("raw_tp/tcp_send_reset")
int on_reset_sent(struct bpf_raw_tracepoint_args *ctx)
{
	enter_hook(ctx, REENTRY_RESET_SENT, reset_event_id(ctx), &first_of_reset_sent);
	emit_reset(ctx);
	return 0;
}

SEC("raw_tp/tcp_send_reset")
int on_reset_sent_nested(struct bpf_raw_tracepoint_args *ctx)
{
	return run_in_its_place(ctx, REENTRY_RESET_SENT, reset_event_id(ctx), &first_of_reset_sent);
}
