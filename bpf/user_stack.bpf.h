/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The user stack itself, for the reader to unwind: most programs are built without frame pointers, and a walk along
 * those ends in the C library. Only where something breaks, and only so many a second.
 */
#ifndef TCPBLAME_USER_STACK_BPF_H
#define TCPBLAME_USER_STACK_BPF_H

/*
 * Sends a wire_user_stack of the current task, if it may have one. To be called before the event that it belongs to
 * takes its room. Not inlined: it takes nothing and is verified once a program.
 */
int copy_user_stack(void);

#endif
