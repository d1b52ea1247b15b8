/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What each CPU notes of its own: an array by CPU in the programs' data, for a look-up in a map takes longer than all
 * that is done with what it finds.
 *
 * The kernel skips a program that is already running on the CPU (prog->active, __bpf_trace_run() in
 * kernel/trace/bpf_trace.c) and counts it (recursion_misses). A softirq that interrupts such a program in a process may
 * handle packets of many connections before it returns; none of them would be seen. So each hook that runs where a
 * softirq may come has a second program, the reentry program: it does the work where the first is skipped. (Nothing
 * cheaper would do: the kernel skips by program, and a program that keeps interrupts off lets all of them in before it
 * returns. tcp_destroy_sock needs none: it runs with bottom halves off.) It is attached after the first program, and so
 * called after it, and knows by what that one leaves here whether it was called. What becomes of a reentry program that
 * is itself skipped is left here for ever; so there is room for a few.
 */
#ifndef TCPBLAME_CPU_STATE_H
#define TCPBLAME_CPU_STATE_H

#include <linux/types.h>

#define CPUS_MAX 2048

enum reentry_hook {
	REENTRY_STATE,
	REENTRY_RESET_SENT,
	REENTRY_RESET_RECEIVED,
	REENTRY_ERROR_REPORT,
	REENTRY_HOOKS,
};

#define EVENTS_SEEN 4

struct cpu_state {
	__u64 made;			/* events made on this CPU: the sequence number of the newest */
	__u64 lost;			/* those that found no room in the ring */
	__u64 reentered[REENTRY_HOOKS]; /* runs in a first program's place: recursion_misses less these are lost */
	__u64 seen[REENTRY_HOOKS][EVENTS_SEEN]; /* by a first program, and not yet by its reentry program; 0: none */
	__u8 in_its_place[REENTRY_HOOKS];	/* 1: the first program is about to be run by its reentry program */
	__u8 reserved[12];
};

/*
 * How many stacks of one kind of act were taken in which second: state_event.bpf.h. And by whom: the reader looks at
 * the process while it lives, for what is kept of the act may be sent when it does no more.
 */
struct stack_budget {
	__u64 kind;
	__u64 second;
	__u32 taken;
	__u32 pid; /* in the tracer's pid namespace; 0: it was exiting, and /proc says nothing any more */
	char name[16];
};

#define STACK_BUDGETS 1024

/* How many stacks were copied in which second: user_stack.bpf.h. */
struct copy_budget {
	__u64 kind; /* the process's (kernel's own tgid) and the call's; of the one for all: 0 */
	__u32 second;
	__u32 taken;
};

#define COPY_BUDGETS 256

/*
 * Which connections that end in good order a recording gets: all while they are few, of many those whose FIN's sequence
 * number has zeros where `mask` has ones. That number is the same at both ends, so two hosts choose the same ones, and
 * their clocks can be compared by them: state_keeping.bpf.h.
 */
struct sample {
	__u64 second;
	__u32 taken; /* in that second */
	__u32 mask;
};

#define SAMPLES_A_SECOND 128

/* A close of a connection by a process, of late: closes.bpf.h. */
struct close_note {
	__u64 hash;    /* the connection's; 0: none */
	__u32 ms;      /* when, in units of 2^20 ns */
	__u32 passive; /* the peer had closed before */
};

#define CLOSE_NOTES 16

struct process_closes {
	__u32 tgid;	/* the kernel's own */
	__u32 since_ms; /* what is older is another's */
	__u32 next;	/* where the next note goes */
	__u32 broke_ms; /* when a connection broke that it had closed; 0: none has */
	__u32 second;
	__u32 flushed; /* others that were sent for such a break, in that second */
	__u64 passed;  /* of these, the one whose other end another process had closed: its hash */
	struct close_note notes[CLOSE_NOTES];
};

#define CLOSES_PROCESSES 256

/* Somebody has asked a process to stop, or to read its configuration anew: kill.bpf.h. */
struct asked {
	__u32 target; /* the kernel's own tgid */
	__u32 sender;
	__u32 signal;
	__u32 reserved;
	__u64 until_ns; /* what is the same until then says nothing new */
};

#define ASKED_PLACES 256

#endif
