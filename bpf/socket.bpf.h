/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What an event says of a socket. */
#ifndef TCPBLAME_SOCKET_BPF_H
#define TCPBLAME_SOCKET_BPF_H

#include "kernel_compat.bpf.h"
#include "maps.bpf.h"
#include "sk_state.bpf.h"

#include <bpf/bpf_endian.h>

/* The two ends as the socket sees them; v4-mapped IPv6 as IPv4, so that both ends compare equal. */
struct four_tuple {
	u32 local[4];
	u32 remote[4];
	u16 local_port; /* host byte order */
	u16 remote_port;
	u8 family; /* 4, 6; 0: not IP */
};

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

/* skc_num is 0 again once an unbound socket has reached CLOSE; inet_sport still reports. */
static __always_inline void four_tuple_of(struct four_tuple *tuple, struct sock *sk)
{
	__builtin_memset(tuple, 0, sizeof(*tuple));
	tuple->local_port = bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
	tuple->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (sk->__sk_common.skc_family == AF_INET) {
		tuple->family = 4;
		tuple->local[0] = sk->__sk_common.skc_rcv_saddr;
		tuple->remote[0] = sk->__sk_common.skc_daddr;
	} else if (sk->__sk_common.skc_family == AF_INET6) {
		tuple->family = 6;
#pragma unroll
		for (int i = 0; i < 4; i++) {
			tuple->local[i] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[i];
			tuple->remote[i] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[i];
		}
		unmap_v4_mapped(tuple);
	}
}

/* The same by reading, where the verifier does not know the pointer for a socket. */
static __always_inline void read_four_tuple_of(struct four_tuple *tuple, const struct sock *sk)
{
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	__builtin_memset(tuple, 0, sizeof(*tuple));
	tuple->local_port = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
	tuple->remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (family == AF_INET) {
		tuple->family = 4;
		tuple->local[0] = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		tuple->remote[0] = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	} else if (family == AF_INET6) {
		tuple->family = 6;
		BPF_CORE_READ_INTO(&tuple->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&tuple->remote, sk, __sk_common.skc_v6_daddr);
		unmap_v4_mapped(tuple);
	}
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

/* Taking the cookie by the helper also gives the socket one, should it have none. */
static __always_inline void fill_socket(struct wire_socket *out, struct sock *sk, const struct four_tuple *tuple,
					const struct sk_state *notes_of)
{
	fill_four_tuple(out, tuple);
	out->cookie = identity_of(sk);
	out->netns = netns_of_socket(sk);
	out->protocol = sk->sk_protocol;
	out->state = sk->__sk_common.skc_state;
	out->error = (u16)sk->sk_err;
	out->soft_error = (u16)sk->sk_err_soft;
	out->context = sk->sk_lock.owned ? WIRE_CONTEXT_OWNED : WIRE_CONTEXT_SOFTIRQ;
	out->shutdown = sk->sk_shutdown;
	out->opened_by = notes_of ? notes_of->opened_by : WIRE_OPENED_UNKNOWN;
	out->flags = socket_flags(sk->__sk_common.skc_flags, sk->sk_lingertime) | ktls_flag(sk, out->protocol);
	out->reserved = 0;
}

/* The same by reading. The cookie is 0 if none of our programs has met the socket before. */
static __always_inline void read_socket(struct wire_socket *out, const struct sock *sk, const struct four_tuple *tuple)
{
	fill_four_tuple(out, tuple);
	out->cookie = read_identity_of(sk);
	out->netns = netns_of_socket(sk);
	out->protocol = BPF_CORE_READ(sk, sk_protocol);
	out->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	out->error = (u16)BPF_CORE_READ(sk, sk_err);
	out->soft_error = (u16)BPF_CORE_READ(sk, sk_err_soft);
	out->context = BPF_CORE_READ(sk, sk_lock.owned) ? WIRE_CONTEXT_OWNED : WIRE_CONTEXT_SOFTIRQ;
	out->shutdown = BPF_CORE_READ(sk, sk_shutdown);
	out->opened_by = WIRE_OPENED_UNKNOWN;
	out->flags = socket_flags(BPF_CORE_READ(sk, __sk_common.skc_flags), BPF_CORE_READ(sk, sk_lingertime)) |
		     ktls_flag(sk, out->protocol);
	out->reserved = 0;
}

static __always_inline void fill_progress(struct wire_progress *out, struct sock *sk, const struct sk_state *notes_of)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	__builtin_memset(out, 0, sizeof(*out));
	out->opened_ns = notes_of ? notes_of->opened_ns : 0;
	if (!tp) /* MPTCP: its subflows count, not it */
		return;
	out->snd_una = tp->snd_una;
	out->snd_nxt = tp->snd_nxt;
	out->write_seq = tp->write_seq;
	out->rcv_nxt = tp->rcv_nxt;
	out->copied_seq = tp->copied_seq;
	out->total_retrans = tp->total_retrans;
	out->bytes_acked = tp->bytes_acked;
	out->bytes_received = tp->bytes_received;
	out->srtt_us = tp->srtt_us >> 3;
	out->user_timeout_ms = tp->inet_conn.icsk_user_timeout;
	out->retransmits = tp->inet_conn.icsk_retransmits;
	out->probes = tp->inet_conn.icsk_probes_out;
	/* tcp_jiffies32 is the low half of jiffies. */
	out->silent_ms = ((u32)bpf_jiffies64() - tp->rcv_tstamp) * (u64)config.jiffy_us / 1000;
}

/* The same by reading. */
static __always_inline void read_progress(struct wire_progress *out, const struct sock *sk)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;

	__builtin_memset(out, 0, sizeof(*out));
	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return;
	out->snd_una = BPF_CORE_READ(tp, snd_una);
	out->snd_nxt = BPF_CORE_READ(tp, snd_nxt);
	out->write_seq = BPF_CORE_READ(tp, write_seq);
	out->rcv_nxt = BPF_CORE_READ(tp, rcv_nxt);
	out->copied_seq = BPF_CORE_READ(tp, copied_seq);
	out->total_retrans = BPF_CORE_READ(tp, total_retrans);
	out->bytes_acked = BPF_CORE_READ(tp, bytes_acked);
	out->bytes_received = BPF_CORE_READ(tp, bytes_received);
	out->srtt_us = BPF_CORE_READ(tp, srtt_us) >> 3;
	out->user_timeout_ms = BPF_CORE_READ(tp, inet_conn.icsk_user_timeout);
	out->retransmits = BPF_CORE_READ(tp, inet_conn.icsk_retransmits);
	out->probes = BPF_CORE_READ(tp, inet_conn.icsk_probes_out);
	out->silent_ms = ((u32)bpf_jiffies64() - BPF_CORE_READ(tp, rcv_tstamp)) * (u64)config.jiffy_us / 1000;
}

#endif
