/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* How a hook's two programs agree on which of them works: see cpu_state.h. */
#ifndef TCPBLAME_REENTRY_GUARD_BPF_H
#define TCPBLAME_REENTRY_GUARD_BPF_H

#include "maps.bpf.h"

/*
 * Where the first program is to be found by its reentry program, which goes on in it: so the verifier has to walk it
 * once. The reader puts it there before either is attached.
 */
#define FIRST_PROGRAM(name)                                                                                            \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY);                                                                 \
		__uint(max_entries, 1);                                                                                \
		__uint(key_size, sizeof(u32));                                                                         \
		__uint(value_size, sizeof(u32));                                                                       \
	} name SEC(".maps")

/*
 * The first program calls it first of all: the reentry program, which the kernel calls next for the same event, sees by
 * it that there is nothing to make up for. `event` is not 0, and no other that may be under way on this CPU has it.
 */
static __always_inline void enter_hook(void *ctx, const enum reentry_hook hook, u64 event, void *first_program)
{
	struct cpu_state *mine = this_cpu();
	volatile u64 *seen = mine->seen[hook];

	/*
	 * What may make a tail call has no stack of its own by CPU (6.13: check_max_stack_depth() in
	 * kernel/bpf/verifier.c), which the run in its place would overwrite.
	 */
	if (config.never)
		bpf_tail_call(ctx, first_program, 0);

	if (*(volatile u8 *)&mine->in_its_place[hook]) {
		*(volatile u8 *)&mine->in_its_place[hook] = 0;
		return;
	}
	/* Whatever comes in between finds this program running: nobody else writes here now. */
	if (!seen[0])
		seen[0] = event;
	else if (!seen[1])
		seen[1] = event;
	else if (!seen[2])
		seen[2] = event;
	else
		seen[3] = event;
}

/* All that a reentry program does: was the first program skipped for this event? Then that is made up for. */
static __always_inline int run_in_its_place(void *ctx, const enum reentry_hook hook, u64 event, void *first_program)
{
	struct cpu_state *mine = this_cpu();
	volatile u64 *seen = mine->seen[hook];

	for (int i = 0; i < EVENTS_SEEN; i++)
		if (seen[i] == event) {
			seen[i] = 0;
			return 0;
		}
	mine->reentered[hook]++;
	*(volatile u8 *)&mine->in_its_place[hook] = 1; /* in a softirq: no other comes before that is read */
	bpf_tail_call(ctx, first_program, 0);
	*(volatile u8 *)&mine->in_its_place[hook] = 0; /* it was not there */
	mine->reentered[hook]--;
	return 0;
}

#endif
