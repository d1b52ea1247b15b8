/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What an event says of a socket: one list of fields, whether the verifier knows the pointer for one (`trusted`, always
 * a constant) or not.
 */
#ifndef TCPBLAME_SOCKET_BPF_H
#define TCPBLAME_SOCKET_BPF_H

#include "forget.bpf.h"
#include "kernel_compat.bpf.h"
#include "maps.bpf.h"
#include "sk_state.bpf.h"

#include <bpf/bpf_endian.h>

/*
 * The inode number of its network namespace. Read by a helper, though the verifier knows the socket: for each load of
 * a pointer it searches all of the kernel's types by name, a millisecond of what attaching takes
 * (btf_nested_type_is_trusted() in kernel/bpf/btf.c, since 6.2).
 */
static __always_inline u32 netns_of_socket(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
}

static __always_inline void unmap_v4(u32 *address)
{
	address[0] = address[3];
	address[1] = 0;
	address[2] = 0;
	address[3] = 0;
}

static __always_inline bool is_v4_mapped(const u32 *address)
{
	return address[0] == 0 && address[1] == 0 && address[2] == bpf_htonl(0xffff);
}

static __always_inline void unmap_v4_mapped(struct four_tuple *tuple)
{
	if (!is_v4_mapped(tuple->remote))
		return;
	tuple->family = 4;
	unmap_v4(tuple->local);
	unmap_v4(tuple->remote);
}

/*
 * A field behind a pointer that the verifier knows (`trusted`, a constant), by loading it; of any other by reading.
 */
#define field_of(trusted, pointer, field) ((trusted) ? (pointer)->field : BPF_CORE_READ(pointer, field))

static __always_inline bool is_tcp(const bool trusted, const struct sock *sk)
{
	u16 protocol = field_of(trusted, sk, sk_protocol);
	u16 family = field_of(trusted, sk, __sk_common.skc_family);

	return (family == AF_INET || family == AF_INET6) && field_of(trusted, sk, sk_type) == SOCK_STREAM &&
	       (protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP);
}

/* skc_num is 0 again once an unbound socket has reached CLOSE; inet_sport still reports, but only to who reads it. */
static __always_inline u16 local_port_of(const bool trusted, const struct sock *sk)
{
	u16 port = trusted ? sk->__sk_common.skc_num : 0;

	return port ? port : bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
}

static __always_inline void four_tuple_of(struct four_tuple *tuple, const bool trusted, const struct sock *sk)
{
	u16 family = field_of(trusted, sk, __sk_common.skc_family);

	__builtin_memset(tuple, 0, sizeof(*tuple));
	tuple->local_port = local_port_of(trusted, sk);
	tuple->remote_port = bpf_ntohs(field_of(trusted, sk, __sk_common.skc_dport));
	if (family == AF_INET) {
		tuple->family = 4;
		tuple->local[0] = field_of(trusted, sk, __sk_common.skc_rcv_saddr);
		tuple->remote[0] = field_of(trusted, sk, __sk_common.skc_daddr);
	} else if (family == AF_INET6) {
		tuple->family = 6;
		BPF_CORE_READ_INTO(&tuple->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&tuple->remote, sk, __sk_common.skc_v6_daddr);
		unmap_v4_mapped(tuple);
	}
	forget_tuple(tuple);
}

static __always_inline void fill_four_tuple(struct wire_socket *out, const struct four_tuple *tuple)
{
	__builtin_memcpy(out->local, tuple->local, sizeof(out->local));
	__builtin_memcpy(out->remote, tuple->remote, sizeof(out->remote));
	out->local_port = tuple->local_port;
	out->remote_port = tuple->remote_port;
	out->family = tuple->family;
}

static __always_inline u8 socket_flags(unsigned long flags, unsigned long linger_ns)
{
	u8 result = flags & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_DONE)) ? WIRE_SOCKET_FIN_RECEIVED
										     : WIRE_SOCKET_NO_FIN;

	if (flags & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_DEAD)))
		result |= WIRE_SOCKET_DEAD;
	if (flags & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_LINGER)) && !linger_ns)
		result |= WIRE_SOCKET_LINGER_ZERO;
	return result;
}

/* TCP_ULP (net/ipv4/tcp_ulp.c, 4.13): where the kernel does TLS, the writes are records of it. */
static __always_inline u8 ktls_flag(const struct sock *sk, u16 protocol)
{
	static const char tls[4] = "tls";
	const struct tcp_ulp_ops *ulp;
	u32 name = 0;

	if (protocol != IPPROTO_TCP)
		return 0;
	ulp = BPF_CORE_READ((const struct inet_connection_sock *)sk, icsk_ulp_ops);
	if (!ulp)
		return 0;
	bpf_core_read(&name, sizeof(name), &ulp->name);
	return name == *(const u32 *)tls ? WIRE_SOCKET_KTLS : 0;
}

/* MPTCP's subflows count, not it. */
static __always_inline const struct tcp_sock *tcp_sock_of(const bool trusted, struct sock *sk)
{
	if (trusted)
		return bpf_skc_to_tcp_sock(sk);
	return BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP ? (const struct tcp_sock *)sk : NULL;
}

/* 1 or 0, of numbers below 2^32; without a branch, for the verifier walks both ways of each. */
static __always_inline u64 is_less(u64 one, u64 other)
{
	u64 difference = one - other;

	asm volatile("" : "+r"(difference)); /* or the compiler would make a branch of it */
	return difference >> 63;
}

static __always_inline u64 not_zero(u64 number)
{
	return is_less(0, number);
}

/*
 * How long neither side has sent data, and which of the two did so last.
 *
 * lsndtime is set by each segment with data that goes out, a retransmission included, by no bare ACK, FIN or keepalive
 * probe (tcp_event_data_sent(), called by __tcp_transmit_skb() in net/ipv4/tcp_output.c); lrcvtime by each that comes
 * in and was not known (tcp_event_data_recv() in net/ipv4/tcp_input.c). The handshake sets lsndtime at both ends, and
 * lrcvtime at the end that accepts; where that opened it, 0 stands for nothing yet.
 */
static __always_inline void fill_idle(struct wire_socket *out, const bool trusted, const struct tcp_sock *tp)
{
	u64 now, received, has_sent, has_received, sent_ago, received_ago, sent_later, received_later;

	out->idle = 0;
	if (!tp)
		return;
	now = bpf_jiffies64();
	received = field_of(trusted, tp, inet_conn.icsk_ack.lrcvtime);
	has_sent = not_zero(field_of(trusted, tp, data_segs_out));
	has_received = not_zero(field_of(trusted, tp, data_segs_in));
	sent_ago = (u32)(now - field_of(trusted, tp, lsndtime));
	received_ago = (u32)(now - received) | (u32)(not_zero(received) - 1);
	sent_later = is_less(sent_ago, received_ago);
	received_later = is_less(received_ago, sent_ago);
	out->flags |= (has_sent & ((has_received ^ 1) | sent_later)) * WIRE_SOCKET_WE_SENT_LAST;
	out->flags |= (has_received & ((has_sent ^ 1) | received_later)) * WIRE_SOCKET_PEER_SENT_LAST;
	out->idle = (sent_later * sent_ago + (sent_later ^ 1) * received_ago) * config.jiffy_us / 1000 + 1;
}

/* All but what its upper layer protocol is: to read that takes longer than most. */
static __always_inline void fill_socket_itself(struct wire_socket *out, const bool trusted, struct sock *sk,
					       const struct four_tuple *tuple, const struct sk_state *mine)
{
	fill_four_tuple(out, tuple);
	out->cookie = identity_of(trusted, sk);
	out->netns = mine && mine->netns ? mine->netns : netns_of_socket(sk);
	out->protocol = field_of(trusted, sk, sk_protocol);
	out->state = field_of(trusted, sk, __sk_common.skc_state);
	out->error = (u16)field_of(trusted, sk, sk_err);
	out->soft_error = (u16)field_of(trusted, sk, sk_err_soft);
	out->context = field_of(trusted, sk, sk_lock.owned) ? WIRE_CONTEXT_OWNED : WIRE_CONTEXT_SOFTIRQ;
	out->shutdown = field_of(trusted, sk, sk_shutdown);
	out->opened_by = mine ? mine->opened_by : WIRE_OPENED_UNKNOWN;
	out->flags = socket_flags(field_of(trusted, sk, __sk_common.skc_flags), field_of(trusted, sk, sk_lingertime));
	fill_idle(out, trusted, tcp_sock_of(trusted, sk));
}

static __always_inline void fill_socket(struct wire_socket *out, const bool trusted, struct sock *sk,
					const struct four_tuple *tuple, const struct sk_state *mine)
{
	fill_socket_itself(out, trusted, sk, tuple, mine);
	out->flags |= ktls_flag(sk, out->protocol);
}

/* All but how long the peer has been silent, and what was done about it. */
static __always_inline void fill_numbers(struct wire_progress *out, const bool trusted, const struct tcp_sock *tp,
					 const struct sk_state *mine)
{
	__builtin_memset(out, 0, sizeof(*out));
	out->opened_ns = mine ? mine->opened_ns : 0;
	if (!tp)
		return;
	out->snd_una = field_of(trusted, tp, snd_una);
	out->snd_nxt = field_of(trusted, tp, snd_nxt);
	out->write_seq = field_of(trusted, tp, write_seq);
	out->rcv_nxt = field_of(trusted, tp, rcv_nxt);
	out->copied_seq = field_of(trusted, tp, copied_seq);
	out->total_retrans = field_of(trusted, tp, total_retrans);
	out->bytes_acked = field_of(trusted, tp, bytes_acked);
	out->bytes_received = field_of(trusted, tp, bytes_received);
	out->srtt_us = field_of(trusted, tp, srtt_us) >> 3;
}

static __always_inline void fill_progress(struct wire_progress *out, const bool trusted, struct sock *sk,
					  const struct sk_state *mine)
{
	const struct tcp_sock *tp = tcp_sock_of(trusted, sk);

	fill_numbers(out, trusted, tp, mine);
	if (!tp)
		return;
	out->user_timeout_ms = field_of(trusted, tp, inet_conn.icsk_user_timeout);
	out->retransmits = field_of(trusted, tp, inet_conn.icsk_retransmits);
	out->probes = field_of(trusted, tp, inet_conn.icsk_probes_out);
	/* tcp_jiffies32 is the low half of jiffies. */
	out->silent_ms = ((u32)bpf_jiffies64() - field_of(trusted, tp, rcv_tstamp)) * (u64)config.jiffy_us / 1000;
}

#endif
