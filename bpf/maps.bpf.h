/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What the hooks share: declared here for each of them, defined once in maps.bpf.c. */
#ifndef TCPBLAME_MAPS_BPF_H
#define TCPBLAME_MAPS_BPF_H

#include "config.h"
#include "kernel_types.h"
#include "wire.h"

#include <bpf/bpf_helpers.h>

extern const volatile struct config config;
extern struct peer_search peer_search;
extern __u32 wake_pending; /* the reader was woken, and has not looked yet: emit.bpf.h */

/* The packet of the RST that a socket is about to accept on this CPU: reset_packet.bpf.h. */
struct noted_reset_packet {
	u64 socket; /* its address; 0: none */
	struct wire_reset_packet packet;
};

struct reset_packets_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct noted_reset_packet);
};

extern struct reset_packets_map reset_packets SEC(".maps");

/* The one way to the reader. Userspace sets its size before loading. */
struct ring_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 * 1024 * 1024);
};

extern struct cpu_state cpu_state[CPUS_MAX];

static __always_inline struct cpu_state *this_cpu(void)
{
	return &cpu_state[bpf_get_smp_processor_id() & (CPUS_MAX - 1)];
}

/* What we keep with a socket for as long as it lives. */
struct sk_state {
	u64 id;			    /* of our own, where the kernel has no cookies for us */
	u64 opened_ns;		    /* when it was established */
	u8 opened_by;		    /* enum wire_opened_by */
	u8 watched;		    /* a process that the filters name holds it */
	u8 closed_while_held;	    /* its connection ended before the process closed it */
	u8 post_fin_write_reported; /* the write after the peer's FIN was reported: one a connection */
	u8 by_reset;		    /* WIRE_STATE_BY_RESET: it accepted a RST, and is about to change to CLOSE */
	u8 known;		    /* shown to the reader at the attach, or a sample: what happens to it is sent */
	u8 closed_in_order;	    /* closed_while_held, and that is kept, not sent: kept.bpf.h */
	u8 kept_way;		    /* where its end is kept, plus one; 0: nowhere yet */
	u32 netns;		    /* the inode number of its network namespace; 0: not noted */
	u32 reserved2;
};

/*
 * Most sockets have theirs in this table, at the place that their cookie names: making a storage takes longer than all
 * else that an orderly connection costs. Where two sockets that live have one place, the second has a storage.
 */
struct sk_slot {
	u64 cookie; /* 0: free */
	struct sk_state state;
};

struct sk_slots_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 65536);
	__type(key, u32);
	__type(value, struct sk_slot);
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
 * Who was the last that could read a pipe, or that held an end of a unix socket, and closed it: by the inode of the
 * end that would write to it. Nobody hears of it, but where a write finds no reader.
 */
struct gone_reader {
	struct wire_task task;
	u64 ended_ns;
};

struct gone_readers_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, struct gone_reader);
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

/* One end of a connection, and its transitions: kept.bpf.h. */
#define KEPT_ACTS 3 /* FIN sent, FIN received, CLOSE */

/* The four-tuple as one of the sockets sees it; v4-mapped IPv6 as IPv4, so that both endpoints compare equal. */
struct four_tuple {
	u32 local[4];
	u32 remote[4];
	u16 local_port; /* host byte order */
	u16 remote_port;
	u8 family; /* 4, 6; 0: not IP */
};

struct kept {
	u64 owner; /* its socket's cookie; 0: free */
	u32 tag;   /* of its connection: kept.bpf.h; 0: of none */
	u16 worth; /* the least is the first to make room: 0 where it is free, or when it was taken */
	u8 flags;  /* enum kept_flags */
	u8 count;  /* of its acts */
};

/* What is searched lies in one line of the cache. */
struct kept_set {
	struct kept ways[KEPT_WAYS];
};

struct kept_acts {
	struct wire_act acts[KEPT_ACTS];
	struct four_tuple tuple;
	u32 closer; /* the process that closed this end (tgid); 0: none has */
};

struct kept_acts_set {
	struct kept_acts of[KEPT_WAYS];
};

_Static_assert(sizeof(struct kept_set) == 64, "a line of the cache");
_Static_assert(sizeof(struct kept_set) + sizeof(struct kept_acts_set) == KEPT_SET_BYTES, "config.h");
_Static_assert(sizeof(struct sk_slot) == KEPT_SK_SLOT_BYTES, "config.h");

struct kept_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* begins with a page */
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct kept_set);
};

struct kept_acts_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct kept_acts_set);
};

extern struct stack_budget stack_budgets[STACK_BUDGETS];
extern struct copy_budget copy_budget;
extern struct copy_budget copy_budgets[COPY_BUDGETS];
extern struct sample sample;
extern struct process_closes process_closes[CLOSES_PROCESSES];
extern struct asked asked[ASKED_PLACES];
extern __u32 sk_state_overflowed; /* some sockets have a storage */
extern __u32 kept_dropped;	  /* an abandoned end was overwritten */
extern __u32 flows_filled;	  /* `flows` holds something */

extern struct sk_slots_map sk_slots SEC(".maps");
extern struct kept_map kept SEC(".maps");
extern struct kept_acts_map kept_acts SEC(".maps");
extern struct ring_map ring SEC(".maps");
extern struct notes_map notes SEC(".maps");
extern struct notes_by_address_map sk_state_by_address SEC(".maps");
extern struct flows_map flows SEC(".maps");
extern struct listeners_map listeners SEC(".maps");
extern struct doomed_map doomed SEC(".maps");
extern struct family_map family SEC(".maps");
extern struct gone_readers_map gone_readers SEC(".maps");

#endif
