/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The connections whose other ends pass the filters by process, too: those that are not kept (kept.bpf.h). */
#ifndef TCPBLAME_FLOWS_BPF_H
#define TCPBLAME_FLOWS_BPF_H

#include "maps.bpf.h"

/* One key for both directions of a connection. */
static __always_inline void flow_key_of(struct flow_key *key, const struct four_tuple *tuple)
{
	u64 local[2], remote[2];

	__builtin_memcpy(local, tuple->local, sizeof(local));
	__builtin_memcpy(remote, tuple->remote, sizeof(remote));
	bool local_first = tuple->local_port != tuple->remote_port ? tuple->local_port < tuple->remote_port
			   : local[0] != remote[0]		   ? local[0] < remote[0]
								   : local[1] < remote[1];

	key->address[0] = local_first ? local[0] : remote[0];
	key->address[1] = local_first ? local[1] : remote[1];
	key->address[2] = local_first ? remote[0] : local[0];
	key->address[3] = local_first ? remote[1] : local[1];
	key->port[0] = local_first ? tuple->local_port : tuple->remote_port;
	key->port[1] = local_first ? tuple->remote_port : tuple->local_port;
	key->zero = 0;
}

static __always_inline bool has_flow(const struct four_tuple *tuple)
{
	struct flow_key key;

	flow_key_of(&key, tuple);
	return bpf_map_lookup_elem(&flows, &key) != NULL;
}

static __always_inline void put_flow(const struct four_tuple *tuple)
{
	struct flow_key key;
	u8 yes = 1;

	flow_key_of(&key, tuple);
	bpf_map_update_elem(&flows, &key, &yes, BPF_ANY);
	flows_filled = 1;
}

#endif
