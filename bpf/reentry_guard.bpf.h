/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* How a hook's two programs agree on which of them works: see cpu_state.h. */
#ifndef TCPBLAME_REENTRY_GUARD_BPF_H
#define TCPBLAME_REENTRY_GUARD_BPF_H

#include "maps.bpf.h"

/* The first program calls it first of all: until then its reentry program does not know that it runs. */
static __always_inline void enter_hook(const enum reentry_hook hook)
{
	*(volatile u8 *)&this_cpu()->inside[hook] = 1;
}

static __always_inline void leave_hook(const enum reentry_hook hook)
{
	*(volatile u8 *)&this_cpu()->inside[hook] = 0;
}

/* For the reentry program: is this one that the first program was skipped for? */
static __always_inline bool must_run_reentry_program(const enum reentry_hook hook)
{
	struct cpu_state *mine = this_cpu();

	if (!*(volatile u8 *)&mine->inside[hook])
		return false;
	mine->reentered[hook]++;
	return true;
}

#endif
