/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* A RST that answers a segment, and what an event says of it. */
#ifndef TCPBLAME_RESET_ANSWER_BPF_H
#define TCPBLAME_RESET_ANSWER_BPF_H

#include "emit.bpf.h"
#include "filter.bpf.h"

#define TCP_FLAGS_OFFSET 13 /* RFC 9293, 3.1 */
#define TCP_FLAG_FIN_BIT 1
#define TCP_FLAG_SYN_BIT 2
#define TCP_FLAG_RST_BIT 4

static __always_inline bool state_is_full_socket(u8 state)
{
	return state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV;
}

/* The RST goes from the segment's destination to its source. */
static __always_inline bool answering_tuple(struct four_tuple *tuple, const struct sk_buff *skb,
					    const unsigned char *tcp)
{
	const unsigned char *ip = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
	u16 ports[2];
	u8 version = 0;

	__builtin_memset(tuple, 0, sizeof(*tuple));
	bpf_probe_read_kernel(&version, sizeof(version), ip);
	if (version >> 4 == 4) {
		tuple->family = 4;
		bpf_probe_read_kernel(&tuple->remote[0], 4, ip + 12); /* RFC 791: source, destination */
		bpf_probe_read_kernel(&tuple->local[0], 4, ip + 16);
	} else if (version >> 4 == 6) {
		tuple->family = 6;
		bpf_probe_read_kernel(tuple->remote, 16, ip + 8); /* RFC 8200 */
		bpf_probe_read_kernel(tuple->local, 16, ip + 24);
		unmap_v4_mapped(tuple);
	} else {
		return false;
	}
	bpf_probe_read_kernel(ports, sizeof(ports), tcp);
	tuple->remote_port = bpf_ntohs(ports[0]);
	tuple->local_port = bpf_ntohs(ports[1]);
	return true;
}

static __always_inline void fill_segment(struct wire_reset_sent *event, const struct sk_buff *skb,
					 const unsigned char *tcp)
{
	const struct tcp_skb_cb *control = (const struct tcp_skb_cb *)__builtin_preserve_access_index(&skb->cb);
	u8 flags = 0;

	bpf_probe_read_kernel(&flags, sizeof(flags), tcp + TCP_FLAGS_OFFSET);
	event->segment_flags = flags;
	event->segment_seq = BPF_CORE_READ(control, seq);
	event->segment_len = BPF_CORE_READ(control, end_seq) - event->segment_seq - !!(flags & TCP_FLAG_FIN_BIT) -
			     !!(flags & TCP_FLAG_SYN_BIT);
}

static __always_inline u32 netns_of(struct sock *sk, const struct sk_buff *skb)
{
	return sk ? netns_of_socket(sk) : BPF_CORE_READ(skb, dev, nd_net.net, ns.inum);
}

/* Where the answer comes from no socket, or from one that stands for others: the four-tuple only. */
static __always_inline void fill_answering_socket(struct wire_socket *out, struct sock *sk, const struct sk_buff *skb,
						  const struct four_tuple *tuple)
{
	u8 state = sk ? BPF_CORE_READ(sk, __sk_common.skc_state) : 0;

	if (sk && state != TCP_LISTEN && state_is_full_socket(state)) {
		fill_socket(out, READ, sk, tuple, NULL);
		return;
	}
	__builtin_memset(out, 0, sizeof(*out));
	fill_four_tuple(out, tuple);
	out->state = state;
	out->protocol = IPPROTO_TCP;
	out->netns = netns_of(sk, skb);
	/* A TIME_WAIT minisock has the cookie of the socket that it is left of; a listener or a request
	 * stands for many connections. */
	if (state == TCP_TIME_WAIT)
		out->cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
}

/* Of a listener; zero for whatever else answers. */
static __always_inline void fill_queue(struct wire_reset_sent *event, struct sock *sk)
{
	const bool listens = sk && event->socket.state == TCP_LISTEN;

	event->queue_length = listens ? BPF_CORE_READ(sk, sk_ack_backlog) : 0;
	event->queue_limit = listens ? BPF_CORE_READ(sk, sk_max_ack_backlog) : 0;
	event->queue_dropped = listens ? (u32)BPF_CORE_READ(sk, sk_drops.counter) : 0;
	event->aborts_on_overflow =
		listens ? BPF_CORE_READ(sk, __sk_common.skc_net.net, ipv4.sysctl_tcp_abort_on_overflow) : 0;
	event->reserved = 0;
}

static __always_inline bool tuple_wanted(const struct four_tuple *tuple, u32 netns)
{
	if (!tuple_matches(tuple))
		return false;
	return (netns_listed(netns) && !by_process()) || flow_watched(tuple);
}

static __always_inline u8 reason_of(u64 number)
{
	return number < sizeof(config.reset_reasons) ? config.reset_reasons[number] : WIRE_REASON_UNKNOWN;
}

/* The segment belongs to a connection that was there before: its end here may have been kept, and overwritten. */
static __always_inline bool answers_for_the_gone(struct sock *sk, const unsigned char *tcp)
{
	u8 flags = 0;

	if (sk)
		return BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_TIME_WAIT;
	bpf_probe_read_kernel(&flags, sizeof(flags), tcp + TCP_FLAGS_OFFSET);
	return !(flags & TCP_FLAG_SYN_BIT);
}

static __always_inline void emit_answer(struct sock *sk, const struct sk_buff *skb, u8 reason)
{
	const unsigned char *tcp = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, transport_header);
	struct wire_reset_sent *event;
	struct four_tuple tuple;

	if (!answering_tuple(&tuple, skb, tcp) || !tuple_wanted(&tuple, netns_of(sk, skb)))
		return;
	if (!break_kept(&tuple) && kept_dropped && answers_for_the_gone(sk, tcp))
		count_lost();
	event = emit_reserve(WIRE_RESET_SENT, sizeof(*event));
	if (!event)
		return;
	fill_answering_socket(&event->socket, sk, skb, &tuple);
	__builtin_memset(&event->task, 0, sizeof(event->task));
	fill_segment(event, skb, tcp);
	event->own_nxt = 0;
	event->kind = WIRE_RESET_PASSIVE;
	event->reason = reason;
	fill_queue(event, sk);
	emit_submit(event);
}

#endif
