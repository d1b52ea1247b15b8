/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The hooks that a softirq reaches, and what each CPU notes of their programs.
 *
 * The kernel skips a program that is already running on the CPU (prog->active, __bpf_trace_run() in
 * kernel/trace/bpf_trace.c) and counts it (recursion_misses). A softirq that interrupts such a program
 * in a process may handle packets of many connections before it returns; none of them would be seen.
 * So each of these hooks has a second program, the reentry program: it does the work where the first is skipped.
 */
#ifndef TCPBLAME_REENTRY_H
#define TCPBLAME_REENTRY_H

#include <linux/types.h>

enum reentry_hook {
	REENTRY_STATE,
	REENTRY_RESET_SENT,
	REENTRY_RESET_RECEIVED,
	REENTRY_ERROR_REPORT,
	REENTRY_DESTROYED,
	REENTRY_HOOKS,
};

struct reentry_guard {
	__u64 inside;	 /* 1 while the first program runs on this CPU */
	__u64 reentered; /* times that the reentry program ran in its place: recursion_misses less these are lost */
};

#endif
