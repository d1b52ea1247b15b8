/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What the hooks share: declared here for each of them, defined once in maps.bpf.c. */
#ifndef TCPBLAME_MAPS_BPF_H
#define TCPBLAME_MAPS_BPF_H

#include "config.h"
#include "event_counters.h"
#include "kernel_types.h"
#include "reentry.h"

#include <bpf/bpf_helpers.h>

extern const volatile struct config config;
extern struct peer_search peer_search;
extern __u32 wake_pending; /* the reader was woken, and has not looked yet: emit.bpf.h */

/* The one way to the reader. Userspace sets its size before loading. */
struct ring_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 * 1024 * 1024);
};

struct event_counters_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct event_counters);
};

/* What we keep with a socket for as long as it lives. */
struct sk_state {
	u64 id;			    /* of our own, where the kernel has no cookies for us */
	u64 opened_ns;		    /* when it was established */
	u8 opened_by;		    /* enum wire_opened_by */
	u8 watched;		    /* a process that the filters name holds it */
	u8 closed_while_held;	    /* its connection ended before the process let go of it */
	u8 post_fin_write_reported; /* the write after the peer's FIN was reported: one a connection */
	u8 by_reset;		    /* WIRE_STATE_BY_RESET: it accepted a RST, and is about to change to CLOSE */
	u8 reserved[3];
};

struct notes_map {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct sk_state);
};

/*
 * Where the kernel has no storage with a socket for us: by its address, taken out when it is destroyed. What is not
 * asked for takes no memory.
 */
struct notes_by_address_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, u64);
	__type(value, struct sk_state);
};

/*
 * The connections of the processes that -p and -n name, both directions under one key: their
 * other ends pass the filter too. Least recently used ones fall out; what was lost so shows as a
 * verdict without its peer.
 */
struct flow_key {
	u64 address[4]; /* lower end first */
	u16 port[2];
	u32 zero;
};

struct flows_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct flow_key);
	__type(value, u8);
};

/* Ports on which the processes that -p and -n name listen: a child inherits its listener's mark. */
struct listener_key {
	u32 netns;
	u16 port;
	u16 zero;
};

struct listeners_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct listener_key);
	__type(value, u8);
};

/* Processes that a SIGPIPE is to kill: their exit is the proof. */
struct doomed_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u32); /* tgid, the kernel's own */
	__type(value, u8);
};

/*
 * Beside those that the filters name directly: with --follow the processes that -p names and those that came from them;
 * with -n those that have a thread of such a name.
 */
struct family_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u32); /* pid, in the tracer's pid namespace */
	__type(value, u8);
};

/* One entry a hook that has a reentry program: enum reentry_hook. */
struct reentry_guards_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, REENTRY_HOOKS);
	__type(key, u32);
	__type(value, struct reentry_guard);
};

/* How many stacks of acts were taken in which second: see stack_is_affordable() in hooks/state.bpf.c. */
struct stack_budget {
	u64 second;
	u64 taken;
};

enum stack_kind {
	STACK_OF_CLOSE = 0,
	STACK_OF_ABORT = 1, /* for itself: many orderly ends leave none of these without */
	STACK_KINDS,
};

struct stack_budgets_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, STACK_KINDS);
	__type(key, u32);
	__type(value, struct stack_budget);
};

extern struct ring_map ring SEC(".maps");
extern struct event_counters_map counters SEC(".maps");
extern struct notes_map notes SEC(".maps");
extern struct notes_by_address_map sk_state_by_address SEC(".maps");
extern struct flows_map flows SEC(".maps");
extern struct listeners_map listeners SEC(".maps");
extern struct doomed_map doomed SEC(".maps");
extern struct family_map family SEC(".maps");
extern struct reentry_guards_map reentry_guards SEC(".maps");
extern struct stack_budgets_map stack_budgets SEC(".maps");

#endif
