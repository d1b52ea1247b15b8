/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* How a hook's two programs agree on which of them works: see reentry.h. */
#ifndef TCPBLAME_REENTRY_GUARD_BPF_H
#define TCPBLAME_REENTRY_GUARD_BPF_H

#include "maps.bpf.h"

/* The first program calls it first of all: until then its reentry program does not know that it runs. */
static __always_inline struct reentry_guard *enter_hook(u32 hook)
{
	struct reentry_guard *mine = bpf_map_lookup_elem(&reentry_guards, &hook);

	if (mine)
		*(volatile u64 *)&mine->inside = 1;
	return mine;
}

static __always_inline void leave_hook(struct reentry_guard *mine)
{
	if (mine)
		*(volatile u64 *)&mine->inside = 0;
}

/* For the reentry program: is this one that the first program was skipped for? */
static __always_inline bool must_run_reentry_program(u32 hook)
{
	struct reentry_guard *first = bpf_map_lookup_elem(&reentry_guards, &hook);

	if (!first || !*(volatile u64 *)&first->inside)
		return false;
	first->reentered++;
	return true;
}

#endif
