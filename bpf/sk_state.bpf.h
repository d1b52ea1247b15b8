/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What we keep with a socket, and its identity. */
#ifndef TCPBLAME_SK_STATE_BPF_H
#define TCPBLAME_SK_STATE_BPF_H

#include "kernel_compat.bpf.h"
#include "maps.bpf.h"

static __always_inline struct sk_slot *sk_slot_of(u64 cookie)
{
	u32 at = (u32)cookie & config.sk_slots_mask;

	return bpf_map_lookup_elem(&sk_slots, &at);
}

static __always_inline struct sk_state *sk_state_by_cookie(u64 cookie)
{
	struct sk_slot *slot = sk_slot_of(cookie);

	return slot && cookie && slot->cookie == cookie ? &slot->state : NULL;
}

static __always_inline struct sk_state *sk_state_of(struct sock *sk)
{
	u64 address = (u64)sk;
	struct sk_state *mine;

	if (has_socket_cookie()) {
		mine = sk_state_by_cookie(sk->__sk_common.skc_cookie.counter);
		if (mine || !sk_state_overflowed)
			return mine;
	}
	if (has_socket_storage())
		return bpf_sk_storage_get(&notes, sk, NULL, 0);
	return bpf_map_lookup_elem(&sk_state_by_address, &address);
}

static __always_inline struct sk_state *sk_state_by_address_of_new(u64 address)
{
	struct sk_state *known = bpf_map_lookup_elem(&sk_state_by_address, &address);
	struct sk_state fresh = {};

	if (known)
		return known;
	fresh.id = bpf_ktime_get_ns() << 8 | (bpf_get_smp_processor_id() & 0xff); /* one CPU's clock never repeats */
	bpf_map_update_elem(&sk_state_by_address, &address, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&sk_state_by_address, &address);
}

/* Its place in the table, if it is free. That of TCP alone is given back: see delete_sk_state(). */
static __always_inline struct sk_state *take_sk_slot(struct sock *sk, u64 cookie)
{
	struct sk_slot *slot = sk_slot_of(cookie);

	if (!slot || sk->sk_protocol != IPPROTO_TCP || compare_and_swap(&slot->cookie, 0, cookie))
		return NULL;
	__builtin_memset(&slot->state, 0, sizeof(slot->state));
	return &slot->state;
}

static __always_inline struct sk_state *sk_state_of_new(struct sock *sk)
{
	struct sk_state *mine;
	u64 cookie;

	if (!has_socket_storage())
		return sk_state_by_address_of_new((u64)sk);
	if (has_socket_cookie()) {
		cookie = sk->__sk_common.skc_cookie.counter ?: bpf_get_socket_cookie(sk);
		mine = sk_state_of(sk);
		if (!mine)
			mine = take_sk_slot(sk, cookie);
		if (mine)
			return mine;
	}
	sk_state_overflowed = 1;
	return bpf_sk_storage_get(&notes, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
}

/* The socket is no more; a storage with the socket goes by itself. */
static __always_inline void delete_sk_state(struct sock *sk)
{
	u64 address = (u64)sk;
	u64 cookie;
	struct sk_slot *slot;

	if (!has_socket_storage())
		bpf_map_delete_elem(&sk_state_by_address, &address);
	if (!has_socket_cookie())
		return;
	cookie = sk->__sk_common.skc_cookie.counter;
	slot = sk_slot_of(cookie);
	if (slot && cookie && slot->cookie == cookie)
		slot->cookie = 0;
}

/*
 * The kernel's cookie, or else our own id. Where the verifier knows the pointer for a socket (`trusted`), it gets one
 * now if need be; where not, it is 0 if none of our programs has met the socket before.
 */
static __always_inline u64 identity_of(const bool trusted, struct sock *sk)
{
	u64 address = (u64)sk;
	struct sk_state *mine;

	if (has_socket_cookie() && !trusted)
		return BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	if (has_socket_cookie())
		return sk->__sk_common.skc_cookie.counter ?: bpf_get_socket_cookie(sk);
	mine = trusted ? sk_state_by_address_of_new(address) : bpf_map_lookup_elem(&sk_state_by_address, &address);
	return mine ? mine->id : 0;
}

#endif
