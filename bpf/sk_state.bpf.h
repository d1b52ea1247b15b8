/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What we keep with a socket, and its identity. */
#ifndef TCPBLAME_SK_STATE_BPF_H
#define TCPBLAME_SK_STATE_BPF_H

#include "kernel_compat.bpf.h"
#include "maps.bpf.h"

static __always_inline struct sk_state *sk_state_of(struct sock *sk)
{
	u64 address = (u64)sk;

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

static __always_inline struct sk_state *sk_state_of_new(struct sock *sk)
{
	if (has_socket_storage())
		return bpf_sk_storage_get(&notes, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	return sk_state_by_address_of_new((u64)sk);
}

/* The socket is no more; a storage with the socket goes by itself. */
static __always_inline void delete_sk_state(struct sock *sk)
{
	u64 address = (u64)sk;

	if (!has_socket_storage())
		bpf_map_delete_elem(&sk_state_by_address, &address);
}

/*
 * The kernel's cookie, or else our own id. Where the verifier knows the pointer for a socket (`trusted`), it gets one
 * now if need be; where not, it is 0 if none of our programs has met the socket before.
 */
static __always_inline u64 identity_of(const bool trusted, struct sock *sk)
{
	u64 address = (u64)sk;
	struct sk_state *mine;

	if (has_socket_cookie())
		return trusted ? bpf_get_socket_cookie(sk) : BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	mine = trusted ? sk_state_by_address_of_new(address) : bpf_map_lookup_elem(&sk_state_by_address, &address);
	return mine ? mine->id : 0;
}

#endif
