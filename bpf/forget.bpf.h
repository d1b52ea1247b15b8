/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The verifier walks what follows a branch once for each different state that it knows of: what it was taught of a
 * value on either way goes with it. Before 6.2 it may not even join those that differ in what nobody looks at again,
 * in a program that calls functions (be2ef8161572 "bpf: allow precision tracking for programs with subprogs"). A call
 * of a function that it verifies by itself makes it forget what it knows of the memory that is passed: it may have been
 * written to. (Not in the old programs: before 5.12 no memory can be passed; e5069b9c23b3 "bpf: Support pointers in
 * global func args".)
 */
#ifndef TCPBLAME_FORGET_BPF_H
#define TCPBLAME_FORGET_BPF_H

#include "kernel_compat.bpf.h"
#include "maps.bpf.h"

int forget_tuple_in(struct four_tuple *tuple);
int forget_call_in(struct wire_call *call);

static __always_inline void forget_tuple(struct four_tuple *tuple)
{
	if (!OLD_PROGRAMS && config.forgets)
		forget_tuple_in(tuple);
}

static __always_inline void forget_call(struct wire_call *call)
{
	if (!OLD_PROGRAMS && config.forgets)
		forget_call_in(call);
}

#endif
