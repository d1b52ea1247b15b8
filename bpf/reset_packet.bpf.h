/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The packet that brings a RST: by which interface it came, and what is left of its TTL. */
#ifndef TCPBLAME_RESET_PACKET_BPF_H
#define TCPBLAME_RESET_PACKET_BPF_H

#include "kernel_compat.bpf.h"
#include "maps.bpf.h"

#define INTERFACE_HASH_MASK 255 /* NETDEV_HASHENTRIES (include/linux/netdevice.h) */
#define INTERFACES_OF_A_HASH 16

/* As dev_get_by_index_rcu() finds it (net/core/dev.c). */
static __always_inline void name_interface(struct wire_reset_packet *out, struct sock *sk)
{
	const struct hlist_head *hash;
	struct hlist_node *node = NULL;

	if (!has_interface_hash())
		return;
	hash = BPF_CORE_READ(sk, __sk_common.skc_net.net, dev_index_head);
	if (!hash)
		return;
	bpf_probe_read_kernel(&node, sizeof(node), &hash[out->interface & INTERFACE_HASH_MASK]);
	for (int i = 0; i < INTERFACES_OF_A_HASH && node; ++i) {
		const struct net_device *device =
			(const void *)node - bpf_core_field_offset(struct net_device, index_hlist);

		if ((u32)BPF_CORE_READ(device, ifindex) == out->interface) {
			BPF_CORE_READ_INTO(&out->interface_name, device, name);
			return;
		}
		node = BPF_CORE_READ(node, next);
	}
}

static __always_inline u8 ttl_of(const struct sk_buff *skb, u16 *ip_id)
{
	const unsigned char *ip = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
	u8 header[9] = {};

	bpf_probe_read_kernel(header, sizeof(header), ip);
	if (header[0] >> 4 == 4) { /* RFC 791 */
		*ip_id = header[4] << 8 | header[5];
		return header[8];
	}
	*ip_id = 0;
	return header[0] >> 4 == 6 ? header[7] : 0; /* RFC 8200 */
}

/* The newest that waits to be read, which may be a FIN: its headers are still there. */
static __always_inline u8 ttl_of_data(struct sock *sk)
{
	const struct sk_buff *newest = BPF_CORE_READ(sk, sk_receive_queue.prev);
	u16 ip_id;

	if (!newest || newest == (const void *)__builtin_preserve_access_index(&sk->sk_receive_queue))
		return 0;
	return ttl_of(newest, &ip_id);
}

static __always_inline void note_reset_packet(struct sock *sk, const struct sk_buff *skb)
{
	u32 only = 0;
	struct noted_reset_packet *noted = bpf_map_lookup_elem(&reset_packets, &only);

	if (!noted)
		return;
	__builtin_memset(&noted->packet, 0, sizeof(noted->packet));
	noted->packet.ttl = ttl_of(skb, &noted->packet.ip_id);
	noted->packet.data_ttl = ttl_of_data(sk);
	noted->packet.interface = BPF_CORE_READ(skb, skb_iif);
	name_interface(&noted->packet, sk);
	noted->socket = (u64)sk;
}

/* NULL where it was not noted, or where a softirq between has noted another one. */
static __always_inline const struct wire_reset_packet *take_reset_packet(struct sock *sk)
{
	u32 only = 0;
	struct noted_reset_packet *noted = bpf_map_lookup_elem(&reset_packets, &only);

	if (!noted || noted->socket != (u64)sk)
		return NULL;
	noted->socket = 0;
	return &noted->packet;
}

#endif
