/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* How a hook's two programs agree on which of them works: see running.h. */
#ifndef TCPBLAME_STAND_IN_BPF_H
#define TCPBLAME_STAND_IN_BPF_H

#include "maps.bpf.h"

/* The first program calls it first of all: until then its stand-in does not know that it runs. */
static __always_inline struct running *begin_running(u32 hook)
{
	struct running *mine = bpf_map_lookup_elem(&running, &hook);

	if (mine)
		*(volatile u64 *)&mine->inside = 1;
	return mine;
}

static __always_inline void end_running(struct running *mine)
{
	if (mine)
		*(volatile u64 *)&mine->inside = 0;
}

/* For the stand-in: is this one that the first program was skipped for? */
static __always_inline bool must_stand_in(u32 hook)
{
	struct running *first = bpf_map_lookup_elem(&running, &hook);

	if (!first || !*(volatile u64 *)&first->inside)
		return false;
	first->stood_in++;
	return true;
}

#endif
