// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A socket accepts a RST: trace_tcp_receive_reset in tcp_reset() (net/ipv4/tcp_input.c, 4.16), which goes on to
 * change its state to CLOSE. Where we keep notes with the socket, that change reports both.
 * Also fires, with no RST received, where the socket is about to send one itself (data after
 * close, tcp_rcv_state_process): the reader distinguishes the two by the reset_sent that follows.
 */
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "reentry_guard.bpf.h"
#include "reset_packet.bpf.h"
#include "socket_event.bpf.h"

#include <bpf/bpf_tracing.h>

/* An event of its own: that change has no room for the packet. */
static __always_inline void emit_reset_packet(struct sock *sk, struct sk_state *mine,
					      const struct wire_reset_packet *packet)
{
	struct wire_reset_received *event;
	struct four_tuple tuple;

	four_tuple_of(&tuple, TRUSTED, sk);
	if (!socket_passes(sk, &tuple, mine))
		return;
	break_kept(&tuple);
	event = emit_reserve(WIRE_RESET_RECEIVED, sizeof(*event));
	if (!event)
		return;
	fill_socket_event(&event->seen, WIRE_RESET_RECEIVED, sk, &tuple, mine);
	event->packet = *packet;
	emit_submit(event);
}

static __always_inline void emit_reset(struct sock *sk)
{
	const struct wire_reset_packet *packet = take_reset_packet(sk);
	struct sk_state *mine;

	if (sk->__sk_common.skc_state == TCP_CLOSE) /* the RST changes nothing any more */
		return;
	mine = sk_state_of(sk);
	if (mine)
		mine->by_reset = WIRE_STATE_BY_RESET;
	if (packet)
		emit_reset_packet(sk, mine, packet);
	else if (!mine)
		emit_socket_event(WIRE_RESET_RECEIVED, sk, mine);
}

FIRST_PROGRAM(first_of_reset_received);

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(on_reset_received, struct sock *sk)
{
	enter_hook(ctx, REENTRY_RESET_RECEIVED, (u64)sk, &first_of_reset_received);
	emit_reset(sk);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int on_reset_received_nested(u64 *ctx)
{
	return run_in_its_place(ctx, REENTRY_RESET_RECEIVED, ctx[0], &first_of_reset_received);
}
